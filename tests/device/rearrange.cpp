// Tests the device kernels of rearrange against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of rearrange matches the reference implementation") {
  std::vector<Case<Rearrange>> cases;
  for (bool wide_out : {false, true}) {
    for (int c : {1, 8, 13, 36}) {
      const Rearrange crop{.kind = Rearranging::crop, .top = 1, .left = 2, .height = 3, .width = 4, .scale = 2, .shift = -1};
      cases.push_back({crop, {.in = {{1, 5, 7, c}}, .wide_out = wide_out}, float_sum_of(2, kLinear, wide_out), Rearrange(crop)});
      cases.push_back(
          {{.kind = Rearranging::space_to_depth, .factor = 2}, {.in = {{1, 4, 6, c}}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
    for (int c : {1, 8, 13}) {
      const Rearrange windows{.kind = Rearranging::windows, .factor = 3, .top = -1, .left = -1, .height = 4, .width = 5};
      cases.push_back({windows, {.in = {{1, 4, 5, c}}, .wide_out = wide_out, .special = true}, moved(), {}});
      cases.push_back(
          {{.kind = Rearranging::places, .height = 3, .width = 2}, {.in = {{1, 1, 1, 6 * c}}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
    for (int c : {4, 12, 36}) {
      cases.push_back(
          {{.kind = Rearranging::darknet_reorg, .factor = 2}, {.in = {{1, 4, 6, c}}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
  }
  check_device_kernels(cases);
}
