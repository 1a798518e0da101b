// Tests batch_norm: the affine map, known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::harness;

TEST_CASE("batch_norm_affine is the formula, with a convolution's bias included") {
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

TEST_CASE("batch_norm normalizes, then activates") {
  const Data data{.in = {{1, 1, 2, 2}}, .weights = {{2, 1}, {1, 0}, {3, -1}, {4, 0.25f}}};
  for_each_result(BatchNorm{2, 0, kRelu}, data, {{5, 1, 0, -3}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 0, 2, 0});
  });
}

TEST_CASE("the reference implementation of batch_norm rounds its result only") {
  const float gamma = 1.7f, beta = -0.3f, mean = 12.9f, var = 0.31f;
  const BatchNorm op{1, 1e-5f, {}};
  const Kernel<BatchNorm>& ref = batch_norm_ref;
  for (int i = 0; i < 1000; i++) {
    const float x = 12.5f + float(i) / 1000; // near the mean: the difference of large numbers
    const Values y = run_once(bind(ref, op), {.in = {{1, 1, 1, 1}}, .weights = {{gamma}, {beta}, {mean}, {var}}}, {{x}}, {1, 1, 1, 1});
    const double scale = gamma / std::sqrt(double(var) + op.eps), want = x * scale + (beta - mean * scale);
    CHECK(std::fabs(y[0] - want) <= std::fabs(want) * 0x1.01p-24 + 1e-12);
  }
}

TEST_CASE("every kernel of batch_norm matches the reference implementation") {
  check_kernels(cases_of<BatchNorm>());
}

TEST_CASE("batch_norm names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 2, 3}};
  CHECK_THROWS_WITH_AS(infer(BatchNorm{4}, x), "channels: expected 4, found input 1x3x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(BatchNorm{0}, x), "channels: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(BatchNorm{3, -1}, x), "eps: expected a number from 0 on, found -1", Error);
  CHECK_THROWS_AS(infer(BatchNorm{3, std::nanf("")}, x), Error);
}
