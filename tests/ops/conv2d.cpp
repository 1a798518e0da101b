// Tests conv2d: known values, bad parameters, and every kernel of the table against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pose;
using namespace pose::harness;

TEST_CASE("conv2d gives values computed by hand") {
  Conv2d op = conv2d(1, 2, 2, 1, 0);
  op.pad_right = 1; // 2x2 input -> 1x2 output, a zero column on the right
  op.act = kRelu;
  op.post = {ActKind::leaky, 0.5f};
  op.residual = true;
  Data d{.in = {{1, 2, 2, 1}, {1, 1, 2, 2}}, .weights = {{1, 2, 3, 4, -1, -1, -1, -1}}, .scale = {2, 1}, .shift = {1, 5}, .halo = 1};
  const std::vector<Values> in = {{1, 2, 3, 4}, {0, -30, -4, 2}}; // residual: channel 0, then channel 1
  int ran = 0;
  for_each_result(op, d, in, [&](const std::string& name, const Values& y) {
    CAPTURE(name);
    // channel 0: (1 + 4 + 9 + 16) * 2 + 1 = 61; (2 + 12) * 2 + 1 - 30 = -1, halved by post
    // channel 1: relu(-10 + 5) - 4 = -4, halved; relu(-6 + 5) + 2 = 2
    CHECK(y == Values{61, -0.5f, -2, 2});
    ran++;
  });
  CHECK(ran >= 1);
}

TEST_CASE("every kernel of conv2d matches the reference implementation") {
  check_kernels(cases_of<Conv2d>(), magnitude_of<Conv2d>);
}

TEST_CASE("scratch memory for a batch suffices for a smaller one") {
  const int shapes[][5] = {{512, 512, 10, 8, 1}, {256, 256, 20, 16, 1}, {64, 64, 80, 64, 1},
                           {128, 33, 80, 64, 1}, {512, 512, 20, 16, 2}, {64, 128, 40, 48, 2}};
  for (const int(&s)[5] : shapes) {
    const Conv2d op = conv2d(s[0], s[1], 3, s[4], 1);
    for (const Kernel<Conv2d>* k : conv2d_kernels) {
      if (!available(k->target)) continue; // the code that computes its scratch size is compiled for its target, too
      for (int threads : {1, 2, 7}) {
        std::int64_t before = 0;
        for (int n = 1; n <= 80 && k->scratch_floats != nullptr; n++) {
          const Shape in{n, s[2], s[3], s[0]};
          const View<const float> x = layout_of(in, Layout::blocked, 1);
          const Maps maps{&x, 1, layout_of(infer(op, std::span(&in, 1)), Layout::blocked)};
          if (!k->accepts(op, maps)) break;
          const std::int64_t floats = k->scratch_floats(op, maps, threads);
          CHECK_MESSAGE(floats >= before, k->name, ", ", to_text(in), ", threads ", threads);
          before = floats;
        }
      }
    }
  }
}

TEST_CASE("conv2d names the wrong parameter") {
  const Shape x{1, 8, 8, 6};
  auto error = [&](auto change, std::vector<Shape> in) {
    Conv2d op = conv2d(6, 4, 3, 1, 1);
    change(op);
    try {
      infer(op, in);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(error([](Conv2d&) {}, {x}).empty());
  CHECK(error([](Conv2d&) {}, {x, x}) == "expected 1 input(s), found 2");
  CHECK(error([](Conv2d& op) { op.in_c = 5; }, {x}) == "in_c: expected 6 as in the input 1x6x8x8, found 5");
  CHECK(error([](Conv2d& op) { op.out_c = 0; }, {x}) == "out_c: expected 1 to 65536, found 0");
  CHECK(error([](Conv2d& op) { op.groups = -1; }, {x}) == "groups: expected 1 to 65536, found -1");
  CHECK(error([](Conv2d& op) { op.groups = 4; }, {x}) == "groups: expected a divisor of in_c 6, found 4");
  CHECK(error([](Conv2d& op) { op.groups = 3; }, {x}) == "groups: expected a divisor of out_c 4, found 3");
  CHECK(error([](Conv2d& op) { op.kernel_w = 11; }, {x}) == "width: kernel 11 is larger than the padded input 10");
  CHECK(error([](Conv2d& op) { op.stride_h = 0; }, {x}) == "stride: expected 1 to 65536, found 0");
  CHECK(error([](Conv2d& op) { op.pad_left = -1; }, {x}) == "padding: expected 0 to 65536, found -1 and 1");
  CHECK(error([](Conv2d& op) { op.residual = true; }, {x, x}) == "residual: expected 1x4x8x8, found 1x6x8x8");
  auto huge = [](Conv2d& op) { op.kernel_h = op.kernel_w = op.pad_top = op.pad_left = 65536; };
  CHECK(error(huge, {x}) == "weight 4x6x65536x65536: more than 67108864 inputs to an output");
  CHECK(error([](Conv2d& op) { op.kernel_h = op.kernel_w = op.pad_top = op.pad_left = 3000, op.out_c = 65536; }, {x}) ==
        "weight 65536x6x3000x3000: more than 8589934592 elements");
}

TEST_CASE("conv2d counts its multiplications") {
  const Shape x{2, 8, 8, 6};
  Conv2d op = conv2d(6, 4, 3, 2, 1);
  op.groups = 2;
  const Shape y = infer(op, {&x, 1});
  CHECK(y == Shape{2, 4, 4, 4});
  CHECK(macs(op, {&x, 1}, y) == 2 * 4 * 4 * 4 * 3 * 3 * 3);
}
