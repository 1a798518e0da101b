// Tests activation: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace pose;
using namespace pose::harness;

TEST_CASE("activations have the values of their papers") {
  CHECK(act_ref({ActKind::linear}, -3) == -3);
  CHECK(act_ref({ActKind::leaky, 0.5f}, -3) == -1.5);
  CHECK(act_ref({ActKind::leaky, 0.5f}, 3) == 3);
  CHECK(act_ref({ActKind::relu}, -3) == 0);
  CHECK(act_ref({ActKind::relu6}, 7) == 6);
  CHECK(act_ref({ActKind::logistic}, std::log(3.0)) == doctest::Approx(0.75));
  CHECK(act_ref({ActKind::swish}, std::log(3.0)) == doctest::Approx(0.75 * std::log(3.0)));
  CHECK(act_ref({ActKind::mish}, std::log(2.0)) == doctest::Approx(0.8 * std::log(2.0))); // tanh(ln 3) = (9 - 1) / (9 + 1)
  CHECK(act_ref({ActKind::mish}, 1e4) == 1e4);
  for (ActKind kind : kActKinds) CHECK(std::isnan(act_ref({kind}, std::nan(""))));
}

TEST_CASE("every kernel of activation matches the reference implementation") {
  check_kernels(cases_of<Activation>());
}

TEST_CASE("activation requires one input and has names") {
  const std::vector<Shape> two(2, Shape{1, 2, 2, 3});
  CHECK_THROWS_WITH_AS(infer(Activation{}, two), "expected 1 input(s), found 2", Error);
  for (ActKind a : kActKinds)
    for (ActKind b : kActKinds) CHECK((std::strcmp(name_of(a), name_of(b)) == 0) == (a == b));
}
