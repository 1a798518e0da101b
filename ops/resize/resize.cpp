// Implements resize.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/resize/resize.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {

Shape infer(const Resize& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  for (float v : {op.scale_y, op.shift_y, op.scale_x, op.shift_x}) {
    if (!std::isfinite(v)) fail("scale and shift: expected finite numbers, found {}", v);
  }
  return checked({x.n, op.height, op.width, x.c});
}

std::int64_t macs(const Resize& op, std::span<const Shape>, const Shape& out) {
  return op.kind == ResizeKind::linear ? 4 * out.count() : 0;
}

} // namespace pose
