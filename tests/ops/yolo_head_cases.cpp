// Test cases for kernels of yolo_head.
// SPDX-License-Identifier: MIT
#include "tests/ops/yolo_head_cases.h"
#include "tests/ops/cases.h"

namespace pose::harness {
namespace {

using yolo_head_cases::head;
using yolo_head_cases::input_of;

// The rounding of a corner is relative to the whole net's side, other rounding to the value itself.
Tolerance tolerance_of(const YoloHead& op, std::int64_t boxes) {
  return [op, boxes](std::int64_t index, double want, double) { return rounding_bound(op, {}, {int(index / boxes % (5 + op.classes)), want, 0}); };
}

} // namespace

template <> std::vector<Case<YoloHead>> cases_of() {
  std::vector<Case<YoloHead>> cases;
  for (float scale : {1.0f, 1.05f, 1.2f}) {
    for (const auto& [anchors, classes] : {std::pair{1, 1}, {3, 80}, {2, 3}, {1, 10}, {1, 11}, {1, 12}, {3, 6}, {16, 1}}) {
      for (const auto& [h, w] : {std::pair{1, 1}, {3, 5}, {13, 13}}) {
        const YoloHead op = head(anchors, classes, scale);
        const Data data{.in = {{1, h, w, anchors * (5 + classes)}}, .out_layout = Layout::rows, .low = -8, .high = 8, .special = scale == 1.05f};
        cases.push_back({op, data, tolerance_of(op, std::int64_t(h) * w * anchors), {}});
      }
    }
  }
  for (HeadKind kind : yolo_head_cases::kOtherKinds) {
    for (const auto& [anchors, classes] : {std::pair{1, 1}, {3, 80}, {2, 3}, {5, 20}}) {
      YoloHead op = head(kind > HeadKind::cells ? 1 : anchors, classes, kind == HeadKind::new_coords ? 2.0f : 1.0f, kind);
      op.squared = classes != 3;
      const Data data{.in = {input_of(op, 3, 5)}, .out_layout = Layout::rows, .low = -8, .high = 8};
      cases.push_back({op, data, tolerance_of(op, infer(op, data.in).w), {}});
    }
  }
  cases.push_back({head(1, 3, 1), {.in = {{1, 3, 5, 8}}, .layout = Layout::compact, .out_layout = Layout::rows}, exact(), {}});
  return cases;
}

} // namespace pose::harness
