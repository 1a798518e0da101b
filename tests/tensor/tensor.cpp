// Tests layouts: NCHW round trips, padding lanes, halo, channel slices.
// SPDX-License-Identifier: MIT
#include "tensor/tensor.h"
#include "tensor/error.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

using namespace pose;

TEST_CASE("NCHW makes a round trip through every layout") {
  for (Layout layout : {Layout::blocked, Layout::compact, Layout::rows}) {
    for (int c : {1, 3, 15, 16, 17, 40}) {
      if (layout == Layout::compact && c >= kLanes) continue;
      const Shape shape{2, 3, 5, c};
      std::vector<float> values(std::size_t(shape.count())), back(values.size());
      std::iota(values.begin(), values.end(), 1.0f);
      Tensor t(shape, layout, layout == Layout::rows ? 0 : 2);
      from_nchw(values.data(), t.view());
      to_nchw(t.view(), back.data());
      CHECK(back == values);
    }
  }
}

TEST_CASE("padding lanes are zeroed, the halo is unchanged until zero_halo") {
  Tensor t(Shape{1, 2, 2, 5}, Layout::blocked, 1);
  View<float> v = t.view();
  for (std::int64_t i = 0; i < floats_of(v); i++) v.data[i - origin_of(v)] = 7;
  const std::vector<float> ones(20, 1.0f);
  from_nchw(ones.data(), v);
  CHECK(v.at(0, 0, 0, 4) == 1);
  CHECK(v.at(0, 1, 1, 5) == 0);
  CHECK(v.at(0, 1, 1, 15) == 0);
  CHECK(v.at(0, -1, 0, 0) == 7);
  zero_halo(v);
  float sum = 0;
  for (std::int64_t i = 0; i < floats_of(v); i++) sum += v.data[i - origin_of(v)];
  CHECK(sum == 20);
}

TEST_CASE("buffers are aligned and zero, and refuse sizes that cannot be allocated") {
  Buffer b(1000);
  CHECK(reinterpret_cast<std::uintptr_t>(b.data()) % kAlignment == 0);
  for (float f : b.span()) CHECK(f == 0);
  Buffer moved = std::move(b);
  CHECK(b.data() == nullptr);
  CHECK(moved.floats() == 1000);
  CHECK_THROWS_AS(Buffer(std::int64_t(1) << 60), Error);
  CHECK_THROWS_AS(Buffer(-1), Error);
}
