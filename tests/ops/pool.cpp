// Tests max_pool, avg_pool: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"
#include "tests/ops/pool_cases.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;
using namespace pose::harness;
using namespace pose::pool_cases;

TEST_CASE("max_pool ignores values outside the map, or takes them as zero") {
  const Data data{.in = {{1, 2, 2, 1}}};
  const Values x = {-1, -2, -3, -4};
  for_each_result(max_of({2, 1, 0, 1}, Outside::ignore), data, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{-1, -2, -3, -4});
  });
  for_each_result(max_of({2, 1, 0, 1}, Outside::zero), data, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{-1, 0, 0, 0});
  });
}

TEST_CASE("max_pool propagates NaN from any place in the window") {
  for (std::size_t at = 0; at < 9; at++) {
    Values x(9, 1.0f);
    x[at] = std::numeric_limits<float>::quiet_NaN();
    for_each_result(max_of({3, 1, 0, 0}, Outside::ignore), {.in = {{1, 3, 3, 1}}}, {x}, [](const std::string& name, const Values& y) {
      INFO(name);
      CHECK(std::isnan(y.at(0)));
    });
  }
}

TEST_CASE("avg_pool divides by the pixels inside or by the window") {
  const Data data{.in = {{1, 2, 2, 1}}};
  const Values x = {1, 2, 3, 6};
  for_each_result(avg_of({2, 1, 0, 1}, false), data, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 4, 4.5f, 6});
  });
  for_each_result(avg_of({2, 1, 0, 1}, true), data, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 2, 2.25f, 1.5f});
  });
  for_each_result(AvgPool{.global = true}, data, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3});
  });
}

TEST_CASE("every kernel of max_pool matches the reference implementation") {
  check_kernels(cases_of<MaxPool>());
}

TEST_CASE("every kernel of avg_pool matches the reference implementation") {
  check_kernels(cases_of<AvgPool>());
}

TEST_CASE("pools name the wrong parameter") {
  const std::vector<Shape> x = {{1, 6, 6, 3}};
  CHECK_THROWS_WITH_AS(infer(max_of({2, 1, 2, 0}, Outside::ignore), x), "top padding: expected 0 to 1, less than the kernel, found 2", Error);
  CHECK_THROWS_WITH_AS(infer(max_of({2, 1, 0, 2}, Outside::zero), x), "bottom padding: expected 0 to 1, less than the kernel, found 2", Error);
  CHECK_THROWS_WITH_AS(infer(MaxPool{.pad_left = 1}, x), "left padding: expected 0 to 0, less than the kernel, found 1", Error);
  CHECK_THROWS_WITH_AS(infer(MaxPool{.pad_right = 1}, x), "right padding: expected 0 to 0, less than the kernel, found 1", Error);
  CHECK_THROWS_AS(infer(MaxPool{.pad_top = -1}, x), Error);
  CHECK_THROWS_AS(infer(MaxPool{.kernel_h = 0}, x), Error);
  CHECK_THROWS_AS(infer(AvgPool{.kernel_w = 7}, x), Error);
  CHECK_THROWS_AS(infer(AvgPool{.stride_h = 0}, x), Error);
  CHECK_THROWS_AS(infer(AvgPool{.kernel_h = 2147483647, .pad_top = 2147483646}, x), Error);
  CHECK_NOTHROW(infer(AvgPool{.global = true, .kernel_h = 0}, x)); // the window is not read
}
