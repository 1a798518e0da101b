// Implements constant.h: shape inference, multiply-add counts and the one CPU kernel.
// SPDX-License-Identifier: MIT
#include "ops/constant/constant.h"

#include "ops/each.h"
#include "ops/infer.h"

#include <algorithm>

namespace pose {

Shape infer(const Constant& op, std::span<const Shape> in) {
  expect_inputs(in, 0);
  return checked({1, op.height, op.width, op.channels});
}

std::int64_t macs(const Constant&, std::span<const Shape>, const Shape&) {
  return 0;
}

namespace {

std::int64_t packed_floats(const Constant& op) {
  return std::int64_t(op.channels) * op.height * op.width;
}

void pack(const Constant& op, const RawWeights& weights, float* packed) {
  std::copy_n(weights.tensors[0], packed_floats(op), packed);
}

void run(const Constant& op, const Call& call) noexcept {
  for_each_element(*call.pool, call.maps.out,
                   [&](int, int y, int x, int c) { return call.packed[(std::int64_t(c) * op.height + y) * op.width + x]; });
}

} // namespace

const Kernel<Constant> constant_ref{"ref", Target::ref, nullptr, packed_floats, pack, nullptr, run};

} // namespace pose
