// conv2d for AVX-512: any convolution on blocked maps.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_cost.h"
#include "ops/conv2d/conv2d_pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 accumulators + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_tile.h"

#include "ops/conv2d/conv2d_gemm.h"

GemmLayout layout(const Conv2d& op) {
  return gemm_layout(op, GemmInput::blocked, kPanel);
}

bool accepts(const Conv2d& op, const Maps& maps) {
  return maps.in[0].blocked() && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
}

std::int64_t packed_floats(const Conv2d& op) {
  return gemm_packed_floats(layout(op));
}

void pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_gemm(op, GemmInput::blocked, layout(op), raw, packed);
}

std::int64_t scratch_floats(const Conv2d& op, const Maps&, int) {
  return offset_floats(layout(op));
}

void run(const Conv2d& op, const Call& call) noexcept {
  using Block = Known<kLanes>;
  const GemmLayout l = layout(op);
  if (l.length == kLanes && op.stride_w == 1) {
    run_gemm(op, call, GemmInput::blocked, l, Reading<Block, Block>());
  } else if (l.length == kLanes && op.stride_w == 2) {
    run_gemm(op, call, GemmInput::blocked, l, Reading<Known<2 * kLanes>, Block>());
  } else {
    run_gemm(op, call, GemmInput::blocked, l, Reading<int, int>{op.stride_w * kLanes, l.length});
  }
}

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_gemm = {"avx512_gemm", Target::avx512,         avx512::accepts, avx512::packed_floats,
                                           avx512::pack,  avx512::scratch_floats, avx512::run,     gemm_cost<16>};

} // namespace pose
