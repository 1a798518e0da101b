// Instantiates conv_transpose2d.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d.h"
#include "ops/conv_transpose2d/taps.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

constexpr int kPixels = 6; // 12 accumulators, 2 weights, 1 broadcast: 15 of 16 registers

#include "ops/conv_transpose2d/conv_transpose2d.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<ConvTranspose2d> conv_transpose2d_avx2_depthwise{"avx2_depthwise", Target::avx2, avx2::is_depthwise, avx2::packed_floats,
                                                              avx2::pack,       nullptr,      avx2::run_depthwise};
const Kernel<ConvTranspose2d> conv_transpose2d_avx2{"avx2", Target::avx2, avx2::is_dense, avx2::packed_floats, avx2::pack, nullptr, avx2::run_dense};

} // namespace pose
