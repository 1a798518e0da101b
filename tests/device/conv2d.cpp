// Tests the device kernels of conv2d against the reference implementation.
// SPDX-License-Identifier: MIT
#include "device/emulator/machine.h"
#include "tests/device/device_harness.h"
#include "tests/device/test_device.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

using namespace pose;
using namespace pose::device_harness;

namespace {

using Cases = std::vector<Case<Conv2d>>;

// The bound of the sum, scaled by both activations (at most 1.1 each), plus their errors and the rounding to the output's element.  An inner value is
// at most the larger of 1 (logistic) and its magnitude.
Tolerance conv_tolerance(const Conv2d& op) {
  const Tolerance sum = sum_of(std::int64_t(op.in_c / op.groups) * op.kernel_h * op.kernel_w);
  return [op, sum](Precision p, double want, double magnitude) {
    const double inner = act_bound(op.act, std::max(1.0, magnitude) * 1.1);
    return (sum(p, 0, magnitude) * 1.1 + inner) * 1.1 + act_bound(op.post, want) + exact()(p, want, 0);
  };
}

enum class Extra { none, bias, batch_norm };

Case<Conv2d> make_case(Conv2d op, int h, int w, Extra extra) {
  op.bias = extra == Extra::bias;
  Case<Conv2d> c;
  c.op = op;
  c.data.in = {{1, h, w, op.in_c}};
  c.data.weights = {harness::random_values(std::int64_t(op.out_c) * (op.in_c / op.groups) * op.kernel_h * op.kernel_w, 11)};
  if (op.bias) c.data.weights.push_back(harness::random_values(op.out_c, 12));
  if (extra == Extra::batch_norm) {
    c.data.scale = harness::random_values(op.out_c, 13);
    c.data.shift = harness::random_values(op.out_c, 14);
  }
  if (op.residual) {
    Conv2d plain = op;
    plain.residual = false;
    c.data.in.push_back(infer(plain, c.data.in));
  }
  c.tolerance = conv_tolerance(op);
  c.magnitude = op;
  c.magnitude->act = c.magnitude->post = kLinear;
  return c;
}

// Kernel sizes, strides, channels with tails; several tiles of pixels and of channels.
Cases shapes() {
  Cases cases;
  const auto add = [&](int in_c, int out_c, int kernel, int stride, int pad, int h, int w, Extra extra) {
    cases.push_back(make_case(conv2d(in_c, out_c, kernel, stride, pad), h, w, extra));
  };
  add(1, 1, 1, 1, 0, 1, 1, Extra::none);
  add(3, 17, 7, 2, 3, 13, 10, Extra::batch_norm);
  add(8, 3, 5, 1, 2, 5, 7, Extra::bias);
  add(13, 33, 3, 1, 1, 6, 5, Extra::batch_norm);
  add(64, 3, 3, 2, 1, 7, 9, Extra::bias);
  add(64, 33, 1, 2, 0, 5, 5, Extra::batch_norm);
  add(24, 255, 1, 1, 0, 3, 4, Extra::bias);
  add(3, 8, 3, 1, 1, 13, 11, Extra::none);
  add(8, 264, 1, 1, 0, 7, 7, Extra::bias);
  return cases;
}

// Windows with unequal padding that leave the map on some sides only, or are entirely outside of it.
Cases uneven_windows() {
  Cases cases;
  Conv2d op = conv2d(5, 9, 3, 1, 0);
  op.kernel_w = 2;
  op.stride_w = 2;
  op.pad_left = 1;
  op.pad_bottom = 2;
  cases.push_back(make_case(op, 4, 5, Extra::bias));
  op = conv2d(16, 8, 3, 2, 0);
  op.pad_bottom = op.pad_right = 1;
  cases.push_back(make_case(op, 6, 8, Extra::none));
  op = conv2d(8, 8, 1, 3, 2);
  cases.push_back(make_case(op, 1, 1, Extra::bias));
  return cases;
}

Cases endings() {
  Cases cases;
  for (const Act& act : {kRelu, kLeaky, Act{ActKind::relu6}, Act{ActKind::logistic}, Act{ActKind::mish}, Act{ActKind::swish}}) {
    Conv2d op = conv2d(9, 13, 1, 1, 0);
    op.act = act;
    op.residual = act == kLeaky || act.kind == ActKind::mish;
    if (op.residual) op.post = kRelu;
    cases.push_back(make_case(op, 3, 3, Extra::batch_norm));
  }
  Conv2d op = conv2d(20, 37, 3, 1, 1);
  op.residual = true;
  op.post = {ActKind::logistic};
  cases.push_back(make_case(op, 3, 5, Extra::bias));
  cases.push_back(make_case(conv2d(11, 21, 1, 1, 0), 3, 4, Extra::bias)); // a YOLO head
  cases.back().data.wide_out = true;
  return cases;
}

Cases placings() {
  Cases cases;
  for (const StoreMode placing : {StoreMode::shuffle, StoreMode::upsample}) {
    for (int factor : {2, 3}) {
      Conv2d op = conv2d(10, placing == StoreMode::shuffle ? 16 * factor * factor : 19, factor == 2 ? 3 : 1, 1, factor == 2 ? 1 : 0);
      op.placing = placing;
      op.factor = factor;
      op.act = kLeaky;
      cases.push_back(make_case(op, 2, 3, Extra::batch_norm));
    }
  }
  return cases;
}

// Sums that pass through the whole pipeline many times; one is so long, for so few results, that it is split.
Case<Conv2d> very_long_sum() {
  Conv2d op = conv2d(328, 11, 3, 1, 1);
  op.residual = true;
  op.act = kLeaky;
  return make_case(op, 2, 2, Extra::batch_norm);
}
Cases long_sums() {
  return {make_case(conv2d(72, 9, 5, 1, 2), 3, 2, Extra::batch_norm), make_case(conv2d(616, 40, 1, 1, 0), 2, 2, Extra::bias), very_long_sum()};
}

// Depthwise convolutions, and groups whose channels are not multiples of eight; small maps, where a thread has one pixel, and larger ones.
Cases groups() {
  Cases cases;
  const auto add = [&](int groups, int in_c, int out_c, int kernel, int stride, int pad, int h, int w) {
    Conv2d op = conv2d(in_c, out_c, kernel, stride, pad);
    op.groups = groups;
    op.act = kLeaky;
    op.residual = kernel == 5;
    cases.push_back(make_case(op, h, w, kernel == 3 ? Extra::batch_norm : Extra::bias));
  };
  add(13, 13, 13, 3, 1, 1, 5, 6);
  add(40, 40, 40, 5, 2, 2, 7, 9);
  add(8, 8, 8, 4, 3, 1, 6, 5);
  add(9, 9, 9, 3, 1, 1, 25, 27);
  add(1, 1, 1, 3, 2, 1, 5, 5);
  add(5, 5, 10, 3, 1, 1, 4, 5); // two filters per channel
  add(2, 6, 34, 5, 1, 2, 5, 3);
  add(3, 24, 24, 3, 2, 1, 6, 7);
  add(3, 6, 9, 2, 1, 0, 25, 31);
  cases[1].data.wide_out = true;
  return cases;
}

// Layers of one pixel; inputs for one warp, and for several rounds of all threads of a block.
Cases dense() {
  Cases cases;
  for (const auto& [in_c, out_c] : {std::pair{5, 3}, {64, 17}, {1100, 9}, {2100, 8}}) {
    Conv2d op = conv2d(in_c, out_c, 1, 1, 0);
    op.act = in_c < 100 ? kRelu : Act{ActKind::logistic};
    op.residual = in_c == 64;
    cases.push_back(make_case(op, 1, 1, in_c < 100 ? Extra::batch_norm : Extra::bias));
    cases.back().data.wide_out = in_c == 1100;
  }
  return cases;
}

// Returns the maps of a call at plan time.
struct Plan {
  DeviceMap in[2];
  DeviceMaps maps;

  Plan(const Conv2d& op, Shape x, Element element) {
    std::vector<Shape> shapes = {x};
    if (op.residual) shapes.push_back({x.n, (x.h - 1) / op.stride_h + 1, (x.w - 1) / op.stride_w + 1, op.out_c});
    const Shape y = infer(op, shapes);
    for (std::size_t i = 0; i < shapes.size(); i++) in[i] = {nullptr, shapes[i], device_lanes(shapes[i].c), element};
    maps = {in, int(shapes.size()), {nullptr, y, device_lanes(y.c), element}};
  }
  Plan(const Plan&) = delete;
};

bool uses_tensor_cores(const DeviceKernel<Conv2d>& k) {
  return std::string_view(k.name).starts_with("mma");
}

} // namespace

TEST_CASE("every device kernel of conv2d matches the reference implementation") {
  Cases cases;
  for (const Cases& some : {shapes(), uneven_windows(), endings(), placings(), long_sums(), groups(), dense()})
    cases.insert(cases.end(), some.begin(), some.end());
  check_device_kernels(cases);
}

TEST_CASE("device kernels of conv2d read shared memory without bank conflicts") {
  if (!device_test::is_emulated()) {
    MESSAGE("skipped: it tests the emulated device");
    return;
  }
  const simt::Stats before = simt::stats;
  check_device_kernels(Cases{make_case(conv2d(40, 70, 3, 2, 1), 9, 9, Extra::bias)}, uses_tensor_cores);
  CHECK(simt::stats.ldmatrix > before.ldmatrix);
  CHECK(simt::stats.bank_conflicts == before.bank_conflicts);
}

TEST_CASE("conv2d's device scratch memory for a batch suffices for a smaller batch, and long sums are split") {
  if (!device_test::is_emulated()) {
    MESSAGE("skipped: it tests the emulated device");
    return;
  }
  const GpuInfo gpu = Gpu(kEmulated).info(), large{"", 90, 132, 227 * 1024, 0};
  const Conv2d split = very_long_sum().op;
  for (const DeviceKernel<Conv2d>* k : conv2d_device_kernels) {
    if (!uses_tensor_cores(*k)) continue;
    CAPTURE(k->name);
    for (const Element element : {Element::f32, Element::f16}) CHECK(k->scratch_bytes(split, Plan(split, {1, 2, 2, 328}, element).maps, gpu) > 0);
    std::int64_t before = 0;
    for (int n = 1; n <= 40; n++) {
      const std::int64_t bytes =
          k->scratch_bytes(conv2d(512, 512, 3, 1, 1), Plan(conv2d(512, 512, 3, 1, 1), {n, 10, 8, 512}, Element::f16).maps, large);
      CHECK(bytes >= before);
      before = bytes;
    }
    CHECK(before > 0);
  }
}

// Layers of the networks at several batch sizes: a kernel that is never the cheapest is useless.
TEST_CASE("every tile of conv2d's device kernels is chosen for some layer") {
  const int layers[][5] = {{3, 32, 3, 1, 608},    {32, 64, 3, 2, 608},   {128, 64, 1, 1, 152},  {64, 128, 3, 1, 152},
                           {256, 512, 3, 1, 38},  {512, 1024, 3, 2, 38}, {1024, 512, 1, 1, 19}, {512, 512, 3, 1, 10},
                           {2048, 512, 1, 1, 10}, {1024, 255, 1, 1, 19}, {3, 16, 3, 1, 416},    {128, 33, 3, 1, 80}};
  std::vector<std::string> chosen;
  for (const int(&l)[5] : layers) {
    for (const int batch : {1, 8, 32}) {
      for (const Precision p : {Precision::fp32, Precision::tf32, Precision::fp16}) {
        const Conv2d op = conv2d(l[0], l[1], l[2], l[3], l[2] / 2);
        const Plan plan(op, {batch, l[4], l[4], l[0]}, p == Precision::fp16 ? Element::f16 : Element::f32);
        for (const GpuInfo& gpu : {GpuInfo{"", 80, 108, 163 * 1024, 0}, GpuInfo{"", 90, 132, 227 * 1024, 0}}) {
          const DeviceKernel<Conv2d>* k = choose(conv2d_device_kernels, op, plan.maps, p, gpu);
          REQUIRE(k != nullptr);
          chosen.push_back(k->name);
        }
      }
    }
  }
  for (const DeviceKernel<Conv2d>* k : conv2d_device_kernels) {
    CAPTURE(k->name);
    if (k->cost != nullptr) CHECK(std::count(chosen.begin(), chosen.end(), k->name) > 0);
  }
}
