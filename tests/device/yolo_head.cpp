// Tests the device kernels of yolo_head against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"
#include "tests/ops/yolo_head_cases.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::device_harness;
using pose::yolo_head_cases::head;
using pose::yolo_head_cases::input_of;
using pose::yolo_head_cases::kOtherKinds;

namespace {

// Returns the net's side for x and y of every box, since their rounding is relative to it, and 0 for the other attributes.  A
// gaussian head subtracts from 1, and 32 roundings cover a softmax of 5 numbers.
Reference sides_of(const YoloHead& op) {
  return [op](const Data& data, const std::vector<Values>&) {
    Values v(std::size_t(infer(op, data.in).count()), op.kind == HeadKind::gaussian ? 1.0f : op.kind == HeadKind::region ? 4.0f : 0.0f);
    for (std::size_t i = 0; i < v.size(); i += std::size_t(5 + op.classes)) v[i] = float(op.net_w), v[i + 1] = float(op.net_h);
    return v;
  };
}

} // namespace

TEST_CASE("every device kernel of yolo_head matches the reference implementation") {
  const Tolerance tolerance = [](Precision, double want, double side) { return 0x1p-24 * (8 * side + 8 * std::fabs(want)) + 0x1p-120; };
  for (const DeviceKernel<YoloHead>* k : device_kernels_of<YoloHead>) {
    std::vector<YoloHead> heads = {head(1, 1, 1), head(3, 80, 1), head(2, 3, 1.05f), head(16, 1, 1.2f)};
    for (HeadKind kind : kOtherKinds) heads.push_back(head(kind > HeadKind::cells ? 1 : 3, 5, kind == HeadKind::new_coords ? 2.0f : 1.0f, kind));
    for (YoloHead& op : heads) {
      const Shape in = input_of(op, 3, 5);
      for (bool special : {false, true}) {
        if (special && op.kind != HeadKind::yolo) continue; // infinite sums differ
        const Data data{.in = {in}, .out_layout = Layout::rows, .low = -8, .high = 8, .special = special};
        const Shape out = infer(op, data.in);
        const Verdict v = examine(bind(*k, op), reference_of(op), sides_of(op), data, out, tolerance);
        harness::report(k->name, 0, data, out, v);
        CHECK(v.ran);
      }
    }
  }
}
