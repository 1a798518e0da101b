// Transposed convolutions that the tests try, and data for them.
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/ops/harness.h"

namespace pose::conv_transpose2d_cases {

inline ConvTranspose2d square(int in_c, int out_c, int kernel, int stride, int pad, int output_pad = 0, int groups = 1) {
  return {in_c, out_c, kernel, kernel, stride, stride, pad, pad, pad, pad, output_pad, output_pad, groups, false, {}};
}

inline harness::Data data_of(const ConvTranspose2d& op, int h, int w) {
  harness::Data d{.in = {{1, h, w, op.in_c}}};
  d.weights.push_back(harness::random_values(std::int64_t(op.in_c) * (op.out_c / op.groups) * op.kernel_h * op.kernel_w, 21));
  if (op.bias) d.weights.push_back(harness::random_values(op.out_c, 22));
  return d;
}

} // namespace pose::conv_transpose2d_cases
