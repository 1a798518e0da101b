// conv2d for AVX-512: 3 x 3 of stride 1 by Winograd.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_winograd_pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 products + 2 weights + 1 input = 31 of 32 registers;

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_winograd_transform.h"

#include "ops/conv2d/conv2d_winograd.h"

#include "ops/conv2d/conv2d_winograd_run.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_winograd2 = {"avx512_winograd2",      Target::avx512,        avx512::winograd_accepts,
                                                avx512::winograd_packed, avx512::winograd_pack, avx512::winograd_scratch<2>,
                                                avx512::winograd_run<2>};
const Kernel<Conv2d> conv2d_avx512_winograd4 = {"avx512_winograd4",      Target::avx512,        avx512::winograd_accepts,
                                                avx512::winograd_packed, avx512::winograd_pack, avx512::winograd_scratch<4>,
                                                avx512::winograd_run<4>};
const Kernel<Conv2d> conv2d_avx512_winograd6 = {"avx512_winograd6",      Target::avx512,        avx512::winograd_accepts,
                                                avx512::winograd_packed, avx512::winograd_pack, avx512::winograd_scratch<6>,
                                                avx512::winograd_run<6>};

} // namespace pose
