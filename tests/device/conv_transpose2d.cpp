// Tests the device kernels of conv_transpose2d against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

namespace {

ConvTranspose2d square(int in_c, int out_c, int kernel, int stride, int pad, int output_pad = 0, int groups = 1) {
  return {in_c, out_c, kernel, kernel, stride, stride, pad, pad, pad, pad, output_pad, output_pad, groups, false, {}};
}

Case<ConvTranspose2d> case_of(const ConvTranspose2d& op, int h, int w) {
  Case<ConvTranspose2d> c;
  c.op = op;
  c.data.in = {{1, h, w, op.in_c}};
  c.data.weights.push_back(harness::random_values(std::int64_t(op.in_c) * (op.out_c / op.groups) * op.kernel_h * op.kernel_w, 21));
  if (op.bias) c.data.weights.push_back(harness::random_values(op.out_c, 22));
  c.tolerance = sum_of(std::int64_t(op.in_c / op.groups) * op.kernel_h * op.kernel_w + 2, op.act);
  c.magnitude = op;
  c.magnitude->act = kLinear;
  return c;
}

} // namespace

TEST_CASE("every device kernel of conv_transpose2d matches the reference implementation") {
  std::vector<Case<ConvTranspose2d>> cases;
  for (int c : {1, 8, 13, 40}) {
    for (const auto& [h, w] : {std::pair{1, 1}, {5, 7}}) {
      cases.push_back(case_of(square(c, c, 4, 2, 1, 0, c), h, w)); // SimplePose's depthwise layer
      cases.push_back(case_of(square(c, 17, 4, 2, 1), h, w));
      cases.push_back(case_of(square(5, c, 3, 2, 1, 1), h, w));
    }
  }
  for (const Act& act : {kRelu, kLeaky, Act{ActKind::logistic}, Act{ActKind::mish}}) {
    for (int groups : {1, 18}) {
      ConvTranspose2d op = square(18, 18, 4, 2, 1, 0, groups);
      op.act = act;
      op.bias = true;
      cases.push_back(case_of(op, 2, 3));
      cases.push_back(cases.back());
      cases.back().data.scale = harness::random_values(18, 31, 0.5f, 2);
      cases.back().data.shift = harness::random_values(18, 32);
      cases.back().data.wide_out = true;
    }
  }
  for (const ConvTranspose2d& op : {square(6, 4, 3, 2, 1, 1, 2), square(16, 32, 3, 2, 1, 1, 2), square(20, 20, 2, 3, 0), square(20, 20, 5, 1, 2),
                                    square(20, 20, 2, 3, 0, 2, 20), ConvTranspose2d{18, 20, 3, 4, 1, 2, 0, 1, 1, 2, 0, 1, 1, false, {}}}) {
    cases.push_back(case_of(op, 3, 11));
  }
  cases.push_back(case_of(square(8, 8, 4, 2, 1, 0, 8), 16, 33)); // several pixels per thread
  cases.push_back(case_of(square(8, 9, 3, 2, 1, 1), 16, 21));
  cases.push_back(case_of(square(6, 9, 3, 2, 1, 1, 3), 16, 21));
  check_device_kernels(cases);
}
