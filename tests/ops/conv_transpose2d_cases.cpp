// Test cases for kernels of conv_transpose2d.
// SPDX-License-Identifier: MIT
#include "tests/ops/conv_transpose2d_cases.h"
#include "tests/ops/cases.h"

namespace pose::harness {
namespace {

using namespace conv_transpose2d_cases;

Case<ConvTranspose2d> case_of(const ConvTranspose2d& op, int h, int w) {
  ConvTranspose2d linear = op;
  linear.act = kLinear;
  return {op, conv_transpose2d_cases::data_of(op, h, w), sum_of(std::int64_t(op.in_c / op.groups) * op.kernel_h * op.kernel_w + 2, op.act), linear};
}

} // namespace

template <> std::vector<Case<ConvTranspose2d>> cases_of() {
  std::vector<Case<ConvTranspose2d>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
    for (const auto& [h, w] : {std::pair{1, 1}, {3, 5}, {8, 6}}) {
      cases.push_back(case_of(square(c, c, 4, 2, 1, 0, c), h, w)); // SimplePose's
      if (c < 100) cases.push_back(case_of(square(c, 17, 4, 2, 1), h, w));
      if (c < 100) cases.push_back(case_of(square(5, c, 3, 2, 1, 1), h, w));
    }
  }
  for (const Act& act : {kRelu, kLeaky, Act{ActKind::logistic}, Act{ActKind::mish}}) {
    for (int groups : {1, 18}) {
      ConvTranspose2d op = square(18, 18, 4, 2, 1, 0, groups);
      op.act = act;
      op.bias = true;
      cases.push_back(case_of(op, 4, 7));
      cases.push_back(cases.back());
      cases.back().data.scale = random_values(18, 31, 0.5f, 2);
      cases.back().data.shift = random_values(18, 32);
    }
  }
  for (const ConvTranspose2d& op : {square(6, 4, 3, 2, 1, 1, 2), square(20, 20, 2, 3, 0), square(20, 20, 5, 1, 2), square(20, 20, 2, 3, 0, 2, 20),
                                    ConvTranspose2d{18, 20, 3, 4, 1, 2, 0, 1, 1, 2, 0, 1, 1, false, {}}}) {
    cases.push_back(case_of(op, 3, 31));
  }
  cases.push_back(case_of(square(3, 5, 4, 2, 1), 3, 5));
  cases.back().data.layout = Layout::compact;
  return cases;
}

} // namespace pose::harness
