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

TEST_CASE("yolo_head decodes as Darknet's other heads do") {
  const auto check = [](YoloHead op, const Shape& in, const Values& x, const Values& want) {
    for_each_result(op, {.in = {in}, .out_layout = Layout::rows}, {x}, [&](const std::string& name, const Values& y) {
      INFO(name, " kind ", int(op.kind));
      CHECK(y == want);
    });
  };
  // One cell of 96 x 64.  2 * 0.75 - 0.5 = 1: the right edge; (2 * 0.25)^2 = 1 / 4 of the anchor of 10 x 13
  check(head(1, 1, 2, HeadKind::new_coords), {1, 1, 1, 6}, {0.75f, 0.5f, 0.25f, 0.5f, 0.125f, 2}, {96, 32, 2.5f, 13, 0.125f, 2});
  // Uncertainties of 1, 1, 0 and 0: a class counts half.
  check(head(1, 1, 1, HeadKind::gaussian), {1, 1, 1, 10}, {0, 200, 0, 200, 0, -200, 0, -200, 0, 200}, {48, 32, 10, 13, 0.5f, 0.5f});
  check(head(1, 2, 1, HeadKind::region), {1, 1, 1, 7}, {0, 0, 0, 0, 0, 3, 3}, {48, 32, 10, 13, 0.5f, 0.5f, 0.5f});
  check(head(1, 2, 1, HeadKind::region_tree), {1, 1, 1, 7}, {0, 0, 0, 0, 0, 3, -7}, {48, 32, 10, 13, 0.5f, 3, -7});

  YoloHead cells = head(1, 1, 1, HeadKind::cells);
  cells.side = 2, cells.squared = true;
  const Values classes = {1, 2, 3, 4}, objectness = {5, 6, 7, 8}, box = {0.5f, 0.25f, 0.5f, 2};
  Values x = classes;
  x.insert(x.end(), objectness.begin(), objectness.end());
  for (int i = 0; i < 4; i++) x.insert(x.end(), box.begin(), box.end());
  // One row for each class; all attributes of the first box are those of a cell at the upper left.
  check(cells, {1, 1, 1, 24}, x, {24, 72, 24, 72, 8, 8, 40, 40, 24, 24, 24, 24, 256, 256, 256, 256, 5, 6, 7, 8, 1, 2, 3, 4});
}

TEST_CASE("yolo_head decodes heads without anchors") {
  const auto check = [](YoloHead op, const Values& x, const Values& want) {
    const Shape in{1, 1, 2, op.stride()}; // two cells of 48 x 64
    for_each_result(op, {.in = {in}, .out_layout = Layout::rows}, {x}, [&](const std::string& name, const Values& y) {
      INFO(name, " kind ", int(op.kind));
      CHECK(y == want);
    });
  };
  // Channel by channel, for both cells; the strides of the head are 10 and 13.
  check(head(1, 1, 1, HeadKind::anchor_free), {0.5f, -1, 0, 0.25f, 0, 0, 0, 0, 0.75f, 0.5f, 0.125f, 1},
        {24, 0, 0, 16, 10, 10, 13, 13, 0.75f, 0.5f, 0.125f, 1});
  check(head(1, 2, 1, HeadKind::distances), {1, 2, 3, 4, 5, 6, 7, 8, 0.5f, 0.25f, 0.125f, 0.75f},
        {2, 50, 2, 2, 6, 8, 10, 12, 0.5f, 0.75f, 0.5f, 0.25f, 0.125f, 0.75f});
  check(head(1, 1, 1, HeadKind::rows), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  check(head(1, 2, 1, HeadKind::boxes), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0}, {1, 2, 3, 4, 5, 6, 7, 8, 11, 10, 9, 10, 11, 0});
  CHECK_THROWS_WITH_AS(infer(head(2, 1, 1, HeadKind::rows), std::vector<Shape>{{1, 1, 1, 12}}), "anchors: expected 1 for this kind of head, found 2",
                       Error);
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
  CHECK_THROWS_WITH_AS(infer(head(3, 80, 1, HeadKind::gaussian), x), "channels: expected anchors * (9 + classes) = 267, found input 1x255x2x2",
                       Error);
  const auto cells = with([](YoloHead& op) { op.kind = HeadKind::cells, op.side = 7; });
  CHECK_THROWS_WITH_AS(infer(cells, x), "channels: expected side * side * (classes + 5 * anchors) = 4655 of one pixel, found input 1x255x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(with([](YoloHead& op) { op.kind = HeadKind::cells; }), x), "side: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(head(3, 1, 1), std::vector<Shape>{{1, 10000, 10000, 18}}), "boxes: expected at most 16777216, found 300000000", Error);
}
