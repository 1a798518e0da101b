// Tests upsample: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("upsample repeats pixels and rows") {
  for_each_result(Upsample{2}, {.in = {{1, 2, 2, 1}}}, {{1, 2, 3, 4}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
  });
}

TEST_CASE("every kernel of upsample matches the reference implementation") {
  check_kernels(cases_of<Upsample>());
}

TEST_CASE("upsample names the wrong parameter") {
  CHECK_THROWS_WITH_AS(infer(Upsample{0}, std::vector<Shape>{{1, 2, 2, 3}}), "factor: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Upsample{65536}, std::vector<Shape>{{1, 65536, 2, 3}}), "output height: expected 1 to 65536, found 4294967296", Error);
  CHECK_THROWS_WITH_AS(infer(Upsample{65536}, std::vector<Shape>{{1, 1, 2, 3}}), "output width: expected 1 to 65536, found 131072", Error);
}
