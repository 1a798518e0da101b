// Instantiates yolo_head.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"
#include "ops/yolo_head/yolo_head.h"

namespace pose::avx512 {
namespace {

#include "ops/yolo_head/yolo_head.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<YoloHead> yolo_head_avx512{"avx512", Target::avx512, avx512::accepts, nullptr, nullptr, nullptr, avx512::run};

} // namespace pose
