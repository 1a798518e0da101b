// Implements concat.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/concat/concat.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Concat&, std::span<const Shape> in) {
  if (in.empty()) fail("expected at least 1 input, found none");
  Shape y = checked(in[0]);
  std::int64_t channels = 0;
  for (std::size_t i = 0; i < in.size(); i++) {
    const Shape x = checked(in[i]);
    if (x.n != y.n || x.h != y.h || x.w != y.w) fail("input {}: expected n, h and w of {}, found {}", i, to_text(in[0]), to_text(x));
    channels += x.c;
    expect_size("channels", channels);
  }
  y.c = int(channels);
  return checked(y);
}

Shape infer(const Slice& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  if (op.begin < 0 || op.begin >= x.c) fail("begin: expected 0 to {}, found {}", x.c - 1, op.begin);
  if (op.count < 1 || op.count > x.c - op.begin) fail("count: expected 1 to {}, found {}", x.c - op.begin, op.count);
  return {x.n, x.h, x.w, op.count};
}

std::int64_t macs(const Concat&, std::span<const Shape>, const Shape&) {
  return 0;
}

std::int64_t macs(const Slice&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
