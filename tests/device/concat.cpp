// Tests the device kernels of concat, slice against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of concat matches the reference implementation") {
  std::vector<Case<Concat>> cases;
  for (const std::vector<int>& channels :
       std::vector<std::vector<int>>{{1}, {8, 16}, {13, 8}, {8, 13}, {4, 2}, {1, 2, 5, 8, 16, 3}, {20, 3, 1, 16}}) {
    for (bool wide_out : {false, true}) {
      Data data{.wide_out = wide_out, .special = true};
      for (int c : channels) data.in.push_back({1, 3, 5, c});
      cases.push_back({Concat{}, data, moved(), {}});
    }
  }
  check_device_kernels(cases);
}

TEST_CASE("every device kernel of slice matches the reference implementation") {
  std::vector<Case<Slice>> cases;
  for (const Slice& op : {Slice{0, 1}, Slice{0, 8}, Slice{8, 8}, Slice{8, 13}, Slice{4, 4}, Slice{3, 8}, Slice{5, 24}, Slice{28, 1}}) {
    for (bool wide_out : {false, true}) cases.push_back({op, {.in = {{1, 3, 5, 29}}, .wide_out = wide_out, .special = true}, moved(), {}});
  }
  check_device_kernels(cases);
}
