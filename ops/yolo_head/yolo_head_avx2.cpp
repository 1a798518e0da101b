// Instantiates yolo_head.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"
#include "ops/yolo_head/yolo_head.h"

namespace pose::avx2 {
namespace {

#include "ops/yolo_head/yolo_head.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<YoloHead> yolo_head_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
