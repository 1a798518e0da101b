// Instantiates winograd.inc.h for AVX-512: 3 x 3 convolutions.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"
#include "ops/conv2d/winograd/cut.h"
#include "ops/conv2d/winograd/pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 sums + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/winograd/transform.inc.h"

#include "ops/conv2d/winograd/winograd.inc.h"

#include "ops/conv2d/winograd/run.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_winograd2 = avx512::winograd_kernel<avx512::Winograd<2, 1>>("avx512_winograd2", Target::avx512);
const Kernel<Conv2d> conv2d_avx512_winograd4 = avx512::winograd_kernel<avx512::Winograd<4, 1>>("avx512_winograd4", Target::avx512);
const Kernel<Conv2d> conv2d_avx512_winograd5 = avx512::winograd_kernel<avx512::Winograd<5, 1>>("avx512_winograd5", Target::avx512);
const Kernel<Conv2d> conv2d_avx512_winograd4s2 = avx512::winograd_kernel<avx512::Winograd<4, 2>>("avx512_winograd4s2", Target::avx512);

} // namespace pose
