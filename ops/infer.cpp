// Implements infer.h.  Each range check comes before any multiplication that could overflow.
// SPDX-License-Identifier: MIT
#include "ops/infer.h"

namespace pose {

std::string to_text(const Shape& s) {
  return fmt::format("{}x{}x{}x{}", s.n, s.c, s.h, s.w);
}

void expect_inputs(std::span<const Shape> in, int want) {
  if (int(in.size()) != want) fail("expected {} input(s), found {}", want, in.size());
}

void expect_size(const char* what, std::int64_t value) {
  if (value < 1 || value > kMaxSide) fail("{}: expected 1 to {}, found {}", what, kMaxSide, value);
}

void expect_fusible(const Act& act) {
  if (!is_fusible(act)) fail("act: expected one of the first {}, found number {}", int(ActKind::swish) + 1, int(act.kind) + 1);
}

int conv_extent(const char* axis, int size, int kernel, int stride, int pad_before, int pad_after) {
  expect_size("input size", size);
  expect_size("kernel size", kernel);
  expect_size("stride", stride);
  if (pad_before < 0 || pad_after < 0 || pad_before > kMaxSide || pad_after > kMaxSide)
    fail("padding: expected 0 to {}, found {} and {}", kMaxSide, pad_before, pad_after);
  const int room = size + pad_before + pad_after - kernel;
  if (room < 0) fail("{}: kernel {} is larger than the padded input {}", axis, kernel, size + pad_before + pad_after);
  return room / stride + 1;
}

Shape checked(Shape s) {
  for (int side : {s.n, s.h, s.w, s.c}) expect_size("map side", side);
  if (std::int64_t(s.n) * s.h > kMaxCount / (std::int64_t(s.w) * s.c)) fail("map {}: more than {} elements", to_text(s), kMaxCount);
  return s;
}

} // namespace pose
