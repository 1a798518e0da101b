// conv2d for AVX2 on compact input: a net's first layer, 3 channels that need no padding to 16.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

inline constexpr int kTile = 6; // 6 x 2 accumulators + 2 weights + 1 input = 15 of 16 registers

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_tile.h"

#include "ops/conv2d/conv2d_gemm.h"

GemmLayout stem_layout(const Conv2d& op) {
  return gemm_layout(op, GemmInput::compact, kPanel);
}

bool stem_accepts(const Conv2d& op, const Maps& maps) {
  const bool compact = maps.in[0].pixel == op.in_c && op.in_c < kLanes;
  return compact && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
}

std::int64_t stem_packed_floats(const Conv2d& op) {
  return gemm_packed_floats(stem_layout(op));
}

void stem_pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_gemm(op, GemmInput::compact, stem_layout(op), raw, packed);
}

std::int64_t stem_scratch_floats(const Conv2d& op, const Maps&, int) {
  return offset_floats(stem_layout(op));
}

void stem_run(const Conv2d& op, const Call& call) noexcept {
  const GemmLayout l = stem_layout(op);
  run_gemm(op, call, GemmInput::compact, l, Reading<int, int>{op.stride_w * op.in_c, l.length});
}

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_stem = {
    "avx2_stem", Target::avx2, avx2::stem_accepts, avx2::stem_packed_floats, avx2::stem_pack, avx2::stem_scratch_floats, avx2::stem_run};

} // namespace pose
