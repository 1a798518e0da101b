// upsample: known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
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

TEST_CASE("every kernel of upsample does what the definition says") {
  std::vector<Case<Upsample>> cases;
  for (int factor : {1, 2, 3}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) cases.push_back({Upsample{factor}, {.in = {s}, .special = true}, exact(), {}});
    }
  }
  cases.push_back({Upsample{2}, {.in = {{1, 40, 133, 20}}}, exact(), {}});
  cases.push_back({Upsample{2}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  check_kernels(cases);
}

TEST_CASE("upsample says which parameter is wrong") {
  CHECK_THROWS_WITH_AS(infer(Upsample{0}, std::vector<Shape>{{1, 2, 2, 3}}), "factor: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Upsample{65536}, std::vector<Shape>{{1, 65536, 2, 3}}), "output height: expected 1 to 65536, found 4294967296", Error);
  CHECK_THROWS_WITH_AS(infer(Upsample{65536}, std::vector<Shape>{{1, 1, 2, 3}}), "output width: expected 1 to 65536, found 131072", Error);
}
