// Test cases for kernels of conv2d, and the magnitudes for Winograd kernels.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/winograd/magnitude.h"
#include "tests/ops/cases.h"

#include <algorithm>
#include <random>

namespace pose::harness {
namespace {

constexpr Act kActs[] = {kLinear, kLeaky, kRelu, {ActKind::relu6}, {ActKind::logistic}, {ActKind::mish}, {ActKind::swish}};

Tolerance conv_tolerance(const Conv2d& op) {
  return [op](std::int64_t, double want, double magnitude) { return rounding_bound(op, {}, {0, want, magnitude}); };
}

using Cases = std::vector<Case<Conv2d>>;

enum class Extra { none, bias, batch_norm };

Case<Conv2d> make_case(Conv2d op, int h, int w, Extra extra, Layout layout = Layout::blocked) {
  op.bias = extra == Extra::bias;
  Case<Conv2d> c;
  c.op = op;
  c.data.in = {{1, h, w, op.in_c}};
  c.data.weights = {random_values(std::int64_t(op.out_c) * (op.in_c / op.groups) * op.kernel_h * op.kernel_w, 11)};
  if (op.bias) c.data.weights.push_back(random_values(op.out_c, 12));
  if (extra == Extra::batch_norm) {
    c.data.scale = random_values(op.out_c, 13);
    c.data.shift = random_values(op.out_c, 14);
  }
  c.data.halo = std::max({op.pad_top, op.pad_left, op.pad_bottom, op.pad_right});
  c.data.layout = layout;
  if (op.residual)
    c.data.in.push_back(infer(
        [&] {
          Conv2d plain = op;
          plain.residual = false;
          return plain;
        }(),
        c.data.in));
  c.tolerance = conv_tolerance(op);
  c.magnitude = op;
  c.magnitude->act = c.magnitude->post = kLinear;
  return c;
}

// Chooses values at random, so that the list covers combinations without their full product.
struct Choice {
  std::mt19937 engine{7};
  template <class T, std::size_t N> const T& of(const T (&list)[N]) { return list[engine() % N]; }
  int below(int n) { return int(engine() % unsigned(n)); }
};

Conv2d random_op(Choice& choose, int in_c) {
  static constexpr int kChannels[] = {1, 3, 8, 15, 16, 17, 33, 40}, kKernels[] = {1, 2, 3, 5, 7}, kStrides[] = {1, 1, 2, 3};
  Conv2d op;
  op.in_c = in_c;
  op.out_c = choose.of(kChannels);
  op.kernel_h = choose.of(kKernels);
  op.kernel_w = choose.below(2) == 0 ? op.kernel_h : choose.of(kKernels);
  op.stride_h = choose.of(kStrides);
  op.stride_w = choose.below(2) == 0 ? op.stride_h : choose.of(kStrides);
  op.pad_top = choose.below(op.kernel_h);
  op.pad_bottom = choose.below(op.kernel_h);
  op.pad_left = choose.below(op.kernel_w);
  op.pad_right = choose.below(op.kernel_w);
  op.act = choose.of(kActs);
  op.post = choose.below(3) == 0 ? choose.of(kActs) : kLinear;
  op.residual = choose.below(3) == 0;
  return op;
}

Extra random_extra(Choice& choose) {
  return Extra(choose.below(3));
}

int random_side(Choice& choose, int kernel) {
  return kernel + choose.below(11);
}

Cases any_parameters() {
  Choice choose;
  Cases cases;
  for (int in_c : {1, 3, 8, 15, 16, 17, 33, 40}) {
    for (int i = 0; i < 24; i++) {
      const Conv2d op = random_op(choose, in_c);
      cases.push_back(make_case(op, random_side(choose, op.kernel_h), random_side(choose, op.kernel_w), random_extra(choose)));
    }
  }
  return cases;
}

Cases compact_inputs() {
  Choice choose;
  Cases cases;
  for (int in_c : {1, 3, 4, 15}) {
    for (int i = 0; i < 16; i++) {
      Conv2d op = random_op(choose, in_c);
      op.residual = false;
      cases.push_back(make_case(op, random_side(choose, op.kernel_h), random_side(choose, op.kernel_w), random_extra(choose), Layout::compact));
    }
  }
  return cases;
}

Cases groups() {
  Choice choose;
  Cases cases;
  for (int c : {1, 3, 8, 16, 17, 40}) {
    for (int i = 0; i < 20; i++) {
      Conv2d op = random_op(choose, c);
      op.groups = op.out_c = c;
      if (i % 4 == 3) op.out_c = 2 * c; // two filters per channel
      cases.push_back(make_case(op, random_side(choose, op.kernel_h), random_side(choose, op.kernel_w), random_extra(choose)));
    }
  }
  for (int groups : {2, 3, 5, 8}) {
    for (int i = 0; i < 8; i++) {
      Conv2d op = random_op(choose, groups * (1 + choose.below(9)));
      op.groups = groups;
      op.out_c = groups * (1 + choose.below(12));
      cases.push_back(make_case(op, random_side(choose, op.kernel_h), random_side(choose, op.kernel_w), random_extra(choose)));
    }
  }
  return cases;
}

// Sums that take several passes, pixels that take several blocks, panels that are split among threads.
Cases several_passes_and_blocks() {
  Cases cases;
  for (bool residual : {false, true}) {
    Conv2d op = conv2d(176, 40, 3, 1, 1);
    op.act = kLeaky;
    op.residual = residual;
    cases.push_back(make_case(op, 3, 5, Extra::batch_norm));
    op = conv2d(1030, 150, 1, 1, 0);
    op.act = {ActKind::swish};
    op.residual = residual;
    cases.push_back(make_case(op, 3, 3, Extra::batch_norm));
    cases.push_back(make_case(op, 1, 1, Extra::bias));
    op = conv2d(16, 17, 3, 2, 1);
    op.residual = residual;
    cases.push_back(make_case(op, 29, 41, Extra::bias));
    op = conv2d(16, 17, 1, 3, 1); // one pixel in, one out, at different positions
    op.residual = residual;
    cases.push_back(make_case(op, 1, 1, Extra::bias));
  }
  return cases;
}

// Winograd tiles: ends inside and at a tile, pads of all widths, several blocks of tiles, channels that fill one and two vectors, both loop orders.
Cases three_by_three() {
  Choice choose;
  Cases cases;
  for (int in_c : {16, 17, 32, 48}) {
    for (int i = 0; i < 16; i++) {
      Conv2d op = random_op(choose, in_c);
      op.kernel_h = op.kernel_w = 3;
      op.stride_h = op.stride_w = 1 + i % 2;
      op.pad_top = choose.below(3);
      op.pad_bottom = choose.below(3);
      op.pad_left = choose.below(3);
      op.pad_right = choose.below(3);
      cases.push_back(make_case(op, 3 + choose.below(14), 3 + choose.below(14), random_extra(choose)));
    }
  }
  Conv2d op = conv2d(32, 16, 3, 1, 1);
  op.act = kLeaky;
  op.residual = true;
  cases.push_back(make_case(op, 37, 31, Extra::batch_norm));
  for (int stride : {1, 2}) {
    op = conv2d(256, 200, 3, stride, 1);
    op.act = kRelu;
    cases.push_back(make_case(op, 5, 9, Extra::batch_norm));
  }
  return cases;
}

// Results that are stored by a pixel shuffle or an upsampling.
Cases stores() {
  Cases cases;
  for (const StoreMode placing : {StoreMode::shuffle, StoreMode::upsample}) {
    for (int factor : {2, 3}) {
      for (int kernel : {1, 3}) {
        for (int stride : {1, 2}) {
          Conv2d op = conv2d(kernel == 3 ? 32 : 272, placing == StoreMode::shuffle ? 16 * factor * factor : 40, kernel, stride, kernel / 2);
          op.placing = placing;
          op.factor = factor;
          op.act = kLeaky;
          cases.push_back(make_case(op, 9, 7, Extra::batch_norm));
        }
      }
    }
  }
  Conv2d op = conv2d(24, 128, 3, 1, 1);
  op.placing = StoreMode::shuffle;
  op.factor = 2;
  cases.push_back(make_case(op, 6, 11, Extra::bias));
  return cases;
}

Cases activations() {
  Cases cases;
  for (const Act& act : kActs) {
    for (int groups : {1, 18}) {
      Conv2d op = conv2d(18, 18, 3, 1, 1);
      op.groups = groups;
      op.act = act;
      cases.push_back(make_case(op, 5, 7, Extra::batch_norm));
      op.residual = true;
      cases.push_back(make_case(op, 5, 7, Extra::bias));
      std::swap(op.act, op.post);
      cases.push_back(make_case(op, 5, 7, Extra::none));
    }
  }
  return cases;
}

} // namespace

template <> const Kernel<Conv2d>* magnitude_of(const Kernel<Conv2d>& kernel, const Conv2d& op) {
  if (op.kernel_h != 3 || op.kernel_w != 3 || op.groups != 1) return nullptr; // the kernel will not accept it
  return winograd_magnitude(winograd_kind(kernel.name));
}

template <> std::vector<Case<Conv2d>> cases_of() {
  Cases cases;
  for (const Cases& some : {any_parameters(), compact_inputs(), groups(), several_passes_and_blocks(), three_by_three(), stores(), activations()})
    cases.insert(cases.end(), some.begin(), some.end());
  return cases;
}

} // namespace pose::harness
