// conv2d for AVX2: 3 x 3 of stride 1 by Winograd.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_winograd_pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

inline constexpr int kTile = 6; // 6 x 2 products + 2 weights + 1 input = 15 of 16 registers;

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_winograd_transform.h"

#include "ops/conv2d/conv2d_winograd.h"

#include "ops/conv2d/conv2d_winograd_run.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_winograd2 = {"avx2_winograd2",      Target::avx2,        avx2::winograd_accepts,
                                              avx2::winograd_packed, avx2::winograd_pack, avx2::winograd_scratch<2>,
                                              avx2::winograd_run<2>};
const Kernel<Conv2d> conv2d_avx2_winograd4 = {"avx2_winograd4",      Target::avx2,        avx2::winograd_accepts,
                                              avx2::winograd_packed, avx2::winograd_pack, avx2::winograd_scratch<4>,
                                              avx2::winograd_run<4>};
const Kernel<Conv2d> conv2d_avx2_winograd6 = {"avx2_winograd6",      Target::avx2,        avx2::winograd_accepts,
                                              avx2::winograd_packed, avx2::winograd_pack, avx2::winograd_scratch<6>,
                                              avx2::winograd_run<6>};

} // namespace pose
