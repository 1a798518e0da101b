// Implements simcc_head.h: shape inference, multiply-add counts and the one CPU kernel.
// SPDX-License-Identifier: MIT
#include "ops/simcc_head/simcc_head.h"

#include "ops/each.h"
#include "ops/infer.h"

namespace pose {

Shape infer(const SimccHead& op, std::span<const Shape> in) {
  expect_inputs(in, 2);
  expect_size("net width", op.net_w);
  expect_size("net height", op.net_h);
  const Shape x = checked(in[0]), y = checked(in[1]);
  if (x.h != 1 || y.h != 1 || x.w != y.w) fail("inputs: expected two single rows of the same keypoints, found {} and {}", to_text(x), to_text(y));
  return checked({x.n, 1, 3, x.w});
}

std::int64_t macs(const SimccHead&, std::span<const Shape>, const Shape&) {
  return 0;
}

namespace {

void run(const SimccHead& op, const Call& call) noexcept {
  const View<const float> columns = call.maps.in[0], rows = call.maps.in[1];
  for_each_element(*call.pool, call.maps.out, [&](int n, int, int part, int joint) {
    float keypoint[3];
    decode_simcc(
        op, columns.shape.c, rows.shape.c, [&](int i) { return columns.at(n, 0, joint, i); }, [&](int i) { return rows.at(n, 0, joint, i); },
        keypoint);
    return keypoint[part];
  });
}

} // namespace

const Kernel<SimccHead> simcc_head_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
