// conv2d for AVX-512: one filter a channel.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 accumulators + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_depthwise.h"

bool depthwise_accepts(const Conv2d& op, const Maps& maps) {
  const bool blocked = maps.in[0].blocked() && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
  return blocked && op.placing == Placing::plain && op.groups == op.in_c && op.in_c == op.out_c;
}

std::int64_t depthwise_packed_floats(const Conv2d& op) {
  return pose::depthwise_packed_floats(op, kPanel);
}

void depthwise_pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_depthwise(op, kPanel, raw, packed);
}

void depthwise_run(const Conv2d& op, const Call& call) noexcept {
  switch (op.kernel_w) {
    case 3: return run_depthwise<3>(op, call);
    case 5: return run_depthwise<5>(op, call);
    default: return run_depthwise<0>(op, call);
  }
}

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_depthwise = {"avx512_depthwise",     Target::avx512, avx512::depthwise_accepts, avx512::depthwise_packed_floats,
                                                avx512::depthwise_pack, nullptr,        avx512::depthwise_run};

} // namespace pose
