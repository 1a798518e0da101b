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
  CHECK(act_ref({ActKind::tanh}, std::log(2.0)) == doctest::Approx(0.6));
  CHECK(act_ref({ActKind::elu}, -std::log(2.0)) == doctest::Approx(-0.5));
  CHECK(act_ref({ActKind::selu}, -std::log(2.0)) == doctest::Approx(-0.5 * 1.0507 * 1.6732));
  CHECK(act_ref({ActKind::gelu}, 1) == doctest::Approx(0.8412).epsilon(1e-3)); // x times the normal distribution's function
  CHECK(act_ref({ActKind::loggy}, std::log(3.0)) == doctest::Approx(0.5));
  CHECK(act_ref({ActKind::ramp}, 2) == doctest::Approx(2.2));
  CHECK(act_ref({ActKind::ramp}, -2) == doctest::Approx(-0.2));
  CHECK(act_ref({ActKind::hard_mish}, -1) == -0.5);
  CHECK(act_ref({ActKind::hard_mish}, -3) == 0);
  CHECK(act_ref({ActKind::hardtan}, -3) == -1);
  CHECK(act_ref({ActKind::lhtan}, 3) == doctest::Approx(1.002));
  CHECK(act_ref({ActKind::plse}, 2) == 0.75);
  CHECK(act_ref({ActKind::plse}, -5) == doctest::Approx(-0.01));
  CHECK(act_ref({ActKind::stair}, 2.5) == 1);
  CHECK(act_ref({ActKind::stair}, 3.25) == 1.25);
  CHECK(act_ref({ActKind::stair}, -0.5) == -0.5); // of n = -1, the half is -1
  CHECK(act_ref({ActKind::hard_sigmoid, 0.25f}, 1) == 0.75);
  CHECK(act_ref({ActKind::hard_swish, 0.25f}, 1) == 0.75);
  CHECK(act_ref({ActKind::hard_swish, 0.25f}, -3) == 0);
  CHECK(act_ref({ActKind::gelu_erf}, 1) == doctest::Approx(0.841345)); // the normal distribution's function at 1
  CHECK(act_ref({ActKind::gelu_erf}, -1) == doctest::Approx(0.841345 - 1));
  CHECK(act_ref({ActKind::erf}, std::sqrt(0.5)) == doctest::Approx(2 * 0.841345 - 1));
  CHECK(act_ref({ActKind::exp}, std::log(3.0)) == doctest::Approx(3));
  CHECK(act_ref({ActKind::sqrt}, 9) == 3);
  for (ActKind kind : all_act_kinds()) CHECK(std::isnan(act_ref({kind}, std::nan(""))));
}

TEST_CASE("every kernel of activation matches the reference implementation") {
  check_kernels(cases_of<Activation>());
}

TEST_CASE("activation requires one input and has names") {
  const std::vector<Shape> two(2, Shape{1, 2, 2, 3});
  CHECK_THROWS_WITH_AS(infer(Activation{}, two), "expected 1 input(s), found 2", Error);
  CHECK_THROWS_WITH_AS(infer(Add{{ActKind::gelu}}, two), "act: expected one of the first 7, found number 11", Error);
  for (ActKind a : all_act_kinds())
    for (ActKind b : all_act_kinds()) CHECK((std::strcmp(name_of(a), name_of(b)) == 0) == (a == b));
}
