// Tests yolo_head: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"
#include "tests/ops/yolo_head_cases.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;
using pose::yolo_head_cases::head;

TEST_CASE("yolo_head decodes as YOLOv3 does") {
  YoloHead op = head(1, 1, 1.0f); // 2 x 1 grid in a 96 x 64 net: cells of 48 x 64
  Values x(12, 0.0f);             // sigmoid 0.5, exp 1
  x[1] = 100;                     // tx of the second cell: sigmoid 1
  for_each_result(op, {.in = {{1, 1, 2, 6}}, .out_layout = Layout::rows}, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{24, 96, 32, 32, 10, 10, 13, 13, 0.5f, 0.5f, 0.5f, 0.5f});
  });
  op.scale_x_y = 1.5f; // the same centers; a sigmoid of 1 is a quarter of a cell farther out
  for_each_result(op, {.in = {{1, 1, 2, 6}}, .out_layout = Layout::rows}, {x}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{24, 108, 32, 32, 10, 10, 13, 13, 0.5f, 0.5f, 0.5f, 0.5f});
  });
}

TEST_CASE("every kernel of yolo_head matches the reference implementation") {
  check_kernels(cases_of<YoloHead>());
}

TEST_CASE("yolo_head names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 2, 255}};
  const auto with = [](auto change) {
    YoloHead op = head(3, 80, 1);
    change(op);
    return op;
  };
  CHECK(infer(head(3, 80, 1), x) == Shape{1, 1, 12, 85});
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.anchors = 17; }), x), "anchors: expected 1 to 16, found 17", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.classes = 0; }), x), "classes: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.classes = 79; }), x),
                       "channels: expected anchors * (5 + classes) = 252, found input 1x255x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.net_w = 0; }), x), "net width: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.net_h = -1; }), x), "net height: expected 1 to 65536, found -1", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.anchor_w[2] = 0; }), x), "anchor 2: expected a size above 0, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.scale_x_y = 0; }), x), "scale_x_y: expected a number above 0, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(head(3, 1, 1), std::vector<Shape>{{1, 10000, 10000, 18}}), "boxes: expected at most 16777216, found 300000000", Error);
}
