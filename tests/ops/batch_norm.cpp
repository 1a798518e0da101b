// batch_norm: the affine map, known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::harness;

namespace {

Data data_of(const Shape& s) {
  const int c = s.c;
  return {.in = {s},
          .weights = {random_values(c, 11, 0.5f, 1.5f), random_values(c, 12), random_values(c, 13), random_values(c, 14, 0.1f, 2)},
          .low = -3,
          .high = 3};
}

} // namespace

TEST_CASE("batch_norm_affine is the formula, with a convolution's bias inside") {
  const float gamma = 3, beta = 0.5f, mean = 2, var = 0.21f, bias = 7;
  const float* const tensors[] = {&gamma, &beta, &mean, &var};
  const BatchNorm op{1, 0.04f, {}};
  float scale = 0, shift = 0;
  const double s = 3 / std::sqrt(double(var) + op.eps);
  batch_norm_affine(op, tensors, nullptr, &scale, &shift);
  CHECK(scale == float(s));
  CHECK(shift == float(0.5 - 2 * s));
  batch_norm_affine(op, tensors, &bias, &scale, &shift);
  CHECK(shift == float(0.5 + 5 * s));
}

TEST_CASE("batch_norm normalises, then activates") {
  const Data data{.in = {{1, 1, 2, 2}}, .weights = {{2, 1}, {1, 0}, {3, -1}, {4, 0.25f}}};
  for_each_result(BatchNorm{2, 0, kRelu}, data, {{5, 1, 0, -3}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 0, 2, 0});
  });
}

TEST_CASE("every kernel of batch_norm does what the definition says") {
  std::vector<Case<BatchNorm>> cases;
  for (const Act& act : {kLinear, kLeaky, Act{ActKind::relu6}, Act{ActKind::logistic}}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        Data data = data_of(s);
        data.special = act == kLinear;
        // The magnitude must be |x| * |scale| + |shift|, but shift is made of differences: room for its parts.
        const Tolerance sum = sum_of(2, act);
        const Tolerance tolerance = [sum](std::int64_t i, double want, double magnitude) { return sum(i, want, magnitude + 10); };
        cases.push_back({BatchNorm{c, 1e-5f, act}, data, tolerance, BatchNorm{c, 1e-5f, {}}});
      }
    }
  }
  Data compact = data_of({1, 4, 9, 3});
  compact.layout = Layout::compact;
  cases.push_back({BatchNorm{3, 1e-5f, {}}, compact, exact(), {}});
  check_kernels(cases);
}

TEST_CASE("batch_norm says which parameter is wrong") {
  const std::vector<Shape> x = {{1, 2, 2, 3}};
  CHECK_THROWS_WITH_AS(infer(BatchNorm{4}, x), "channels: expected 4, found input 1x3x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(BatchNorm{0}, x), "channels: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(BatchNorm{3, -1}, x), "eps: expected a number from 0 on, found -1", Error);
  CHECK_THROWS_AS(infer(BatchNorm{3, std::nanf("")}, x), Error);
}
