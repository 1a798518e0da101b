// yolo_head on the device against the definition.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"
#include "tests/ops/yolo_head_cases.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::device_harness;
using pose::yolo_head_cases::head;

namespace {

// For x and y of every box the net's side, which their rounding is relative to; 0 for the others.
Reference sides_of(const YoloHead& op) {
  return [op](const std::vector<Shape>& in, const std::vector<Values>&, const std::vector<Values>&, const Values&, const Values&) {
    Values v(std::size_t(in[0].count()), 0.0f);
    for (std::size_t i = 0; i < v.size(); i += std::size_t(5 + op.classes)) v[i] = float(op.net_w), v[i + 1] = float(op.net_h);
    return v;
  };
}

} // namespace

TEST_CASE("every device kernel of yolo_head does what the definition says") {
  const Tolerance tolerance = [](Precision, double want, double side) { return 0x1p-24 * (8 * side + 8 * std::fabs(want)) + 0x1p-120; };
  for (const DeviceKernel<YoloHead>* k : device_kernels_of<YoloHead>) {
    for (const YoloHead& op : {head(1, 1, 1), head(3, 80, 1), head(2, 3, 1.05f), head(16, 1, 1.2f)}) {
      for (bool special : {false, true}) {
        const Data data{.in = {{1, 3, 5, op.anchors * (5 + op.classes)}}, .rows = true, .low = -8, .high = 8, .special = special};
        const Shape out = infer(op, data.in);
        const Verdict v = examine(bind(*k, op), reference_of(op), sides_of(op), data, out, tolerance);
        report(k->name, 0, data, out, v);
        CHECK(v.ran);
      }
    }
  }
}
