// Instantiates winograd.inc.h for AVX2: 3 x 3 convolutions.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"
#include "ops/conv2d/winograd/cut.h"
#include "ops/conv2d/winograd/pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

inline constexpr int kTile = 6; // 6 x 2 sums + 2 weights + 1 input = 15 of 16 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/winograd/transform.inc.h"

#include "ops/conv2d/winograd/winograd.inc.h"

#include "ops/conv2d/winograd/run.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_winograd2 = avx2::winograd_kernel<avx2::Winograd<2, 1>>("avx2_winograd2", Target::avx2);
const Kernel<Conv2d> conv2d_avx2_winograd4 = avx2::winograd_kernel<avx2::Winograd<4, 1>>("avx2_winograd4", Target::avx2);
const Kernel<Conv2d> conv2d_avx2_winograd5 = avx2::winograd_kernel<avx2::Winograd<5, 1>>("avx2_winograd5", Target::avx2);
const Kernel<Conv2d> conv2d_avx2_winograd4s2 = avx2::winograd_kernel<avx2::Winograd<4, 2>>("avx2_winograd4s2", Target::avx2);

} // namespace pose
