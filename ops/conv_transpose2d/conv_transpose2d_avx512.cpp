// Instantiates conv_transpose2d.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d.h"
#include "ops/conv_transpose2d/taps.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

constexpr int kPixels = 12; // 12 accumulators and 1 weight; the multiplication broadcasts the input from memory

#include "ops/conv_transpose2d/conv_transpose2d.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<ConvTranspose2d> conv_transpose2d_avx512_depthwise{"avx512_depthwise", Target::avx512, avx512::is_depthwise, avx512::packed_floats,
                                                                avx512::pack,       nullptr,        avx512::run_depthwise};
const Kernel<ConvTranspose2d> conv_transpose2d_avx512{"avx512",     Target::avx512, avx512::is_dense, avx512::packed_floats,
                                                      avx512::pack, nullptr,        avx512::run_dense};

} // namespace pose
