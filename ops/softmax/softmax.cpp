// Implements softmax.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/softmax/softmax.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Softmax&, std::span<const Shape> in) {
  expect_inputs(in, 1);
  return checked(in[0]);
}

std::int64_t macs(const Softmax&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
