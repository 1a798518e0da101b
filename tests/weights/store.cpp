// Tests WeightStore: missing, mis-shaped, unused and non-finite tensors are named.
// SPDX-License-Identifier: MIT
#include "weights/store.h"
#include "tensor/error.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;

namespace {

ParamSpec spec(std::string name, std::vector<std::int64_t> shape) {
  return {std::move(name), std::move(shape), Role::weight};
}

} // namespace

TEST_CASE("parameters are found by name and shape") {
  const std::vector<float> values(6);
  WeightStore store("f.weights");
  store.add("a", {2, 3}, values.data());
  CHECK(store.get(spec("a", {2, 3})).data == values.data());
  CHECK_THROWS_WITH_AS(store.get(spec("b", {2})), "f.weights: b: expected a tensor [2], found none of that name", Error);
  CHECK_THROWS_WITH_AS(store.get(spec("a", {3, 2})), "f.weights: a: expected shape [3, 2], found [2, 3]", Error);
  CHECK_THROWS_AS(store.get(spec("a", {6})), Error);
  CHECK_THROWS_WITH_AS(store.add("a", {1}, values.data()), "f.weights: a: expected one tensor of that name, found two", Error);
}

TEST_CASE("tensors that are never requested are named") {
  const std::vector<float> values(6);
  WeightStore store("f");
  store.add("a", {2}, values.data());
  store.add("b", {3}, values.data());
  CHECK_NOTHROW(store.expect_all_used({spec("a", {2}), spec("b", {3}), spec("c", {1})}));
  CHECK_THROWS_WITH_AS(store.expect_all_used({spec("a", {2})}), "f: b: expected no such tensor, found one [3]", Error);
}

TEST_CASE("the first number that is not finite is found at any position") {
  for (const float bad : {std::nanf(""), -std::nanf(""), INFINITY, -INFINITY}) {
    for (const std::size_t index : {0, 1, 30, 99}) {
      std::vector<float> values(100, std::numeric_limits<float>::max());
      values[1] = std::numeric_limits<float>::denorm_min();
      values[2] = -std::numeric_limits<float>::max();
      WeightStore store("f");
      store.add("a", {100}, values.data());
      store.add("empty", {0, 3}, nullptr);
      CHECK_NOTHROW(store.expect_finite());
      values[index] = bad;
      const std::string message = fmt::format("f: a: expected finite numbers, found {} at index {}", bad, index);
      CHECK_THROWS_WITH_AS(store.expect_finite(), message.c_str(), Error);
    }
  }
}
