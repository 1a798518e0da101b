// conv2d: known values, bad parameters, and every kernel of the table against the definition.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_winograd_check.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace pose;
using namespace pose::harness;

namespace {

constexpr Act kActs[] = {kLinear, kLeaky, kRelu, {ActKind::relu6}, {ActKind::logistic}, {ActKind::mish}, {ActKind::swish}};

// Rounding of the sum, (terms + 4) * 2^-24 * magnitude, stretched by both activations (at most 1.1 each), and their own errors.  An inner
// value is at most the larger of 1 (logistic) and its magnitude.
Tolerance conv_tolerance(const Conv2d& op) {
  const double terms = double(op.in_c / op.groups) * op.kernel_h * op.kernel_w;
  return [op, terms](std::int64_t, double want, double magnitude) {
    const double inner = act_tolerance(op.act, std::max(1.0, magnitude) * 1.1);
    return ((terms + 4) * 0x1p-24 * magnitude * 1.1 + inner) * 1.1 + act_tolerance(op.post, want);
  };
}

// Magnitudes of the F(M x M, 3 x 3) kernels, in units of the tolerance above: its roundings are 9 * in_c + 4.  Weights, scale and shift are packed as
// the reference packs them.
template <int M, int Stride> void run_magnitude(const Conv2d& op, const Call& call) noexcept {
  const View<const float>& in = call.maps.in[0];
  const View<float>& out = call.maps.out;
  const Shape own = own_shape(op, out.shape);
  const int f = op.factor, copies = op.placing == Placing::upsample ? f : 1;
  const std::int64_t filter = std::int64_t(op.in_c) * 9;
  const float *scale = call.packed + op.out_c * filter, *shift = scale + op.out_c;
  const double units = winograd_roundings(op.in_c) / (9.0 * op.in_c + 4);
  struct Place {
    int n, top, left;
  };
  std::vector<Place> places;
  std::vector<WinogradMagnitude> tiles;
  for (int n = 0; n < own.n; n++) {
    for (int top = 0; top < own.h; top += M) {
      for (int left = 0; left < own.w; left += M) {
        places.push_back({n, top, left});
        tiles.emplace_back(WinogradKind{M, Stride}, op.in_c).set_inputs([&](int i, int j, int c) {
          const int y = top * Stride + i - op.pad_top, x = left * Stride + j - op.pad_left;
          return y < 0 || x < 0 || y >= in.shape.h || x >= in.shape.w ? 0.0f : in.at(n, y, x, c);
        });
      }
    }
  }
  for (int o = 0; o < op.out_c; o++) {
    const std::vector<double> weights = tiles[0].weights([&](int i, int j, int c) { return call.packed[o * filter + c * 9 + i * 3 + j]; });
    for (std::size_t t = 0; t < tiles.size(); t++) {
      const auto sums = tiles[t].outputs(weights);
      const auto [n, top, left] = places[t];
      for (int y = top; y < std::min(top + M, own.h); y++) {
        for (int x = left; x < std::min(left + M, own.w); x++) {
          const double residual = op.residual ? call.maps.in[1].at(n, y, x, o) : 0;
          const double sum = (sums[std::size_t(y - top)][std::size_t(x - left)] * scale[o] + shift[o] + residual) * units;
          if (op.placing == Placing::shuffle) out.at(n, y * f + o / f % f, x * f + o % f, o / (f * f)) = float(sum);
          for (int i = 0; op.placing != Placing::shuffle && i < copies * copies; i++)
            out.at(n, y * copies + i / copies, x * copies + i % copies, o) = float(sum);
        }
      }
    }
  }
}

template <int M, int Stride> Kernel<Conv2d> make_magnitude() {
  Kernel<Conv2d> kernel = conv2d_ref;
  kernel.run = run_magnitude<M, Stride>;
  return kernel;
}

const Kernel<Conv2d>* magnitude_of(const Kernel<Conv2d>& kernel, const Conv2d& op) {
  if (op.kernel_h != 3 || op.kernel_w != 3 || op.groups != 1) return nullptr; // the kernel will not accept it
  static const Kernel<Conv2d> two = make_magnitude<2, 1>(), four = make_magnitude<4, 1>(), six = make_magnitude<6, 1>(),
                              strided = make_magnitude<4, 2>();
  const WinogradKind kind = winograd_kind(kernel.name);
  return kind.stride == 2 ? &strided : kind.m == 2 ? &two : kind.m == 4 ? &four : kind.m == 6 ? &six : nullptr;
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

// Values that vary with the case, so that the list covers combinations without being their product.
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
      if (i % 4 == 3) op.out_c = 2 * c; // two filters a channel
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
    op = conv2d(16, 17, 1, 3, 1); // one pixel in, one out, and it is not the same
    op.residual = residual;
    cases.push_back(make_case(op, 1, 1, Extra::bias));
  }
  return cases;
}

// What Winograd's tiles have: ends inside and at a tile, pads of all widths, several blocks of tiles, channels that fill one and two vectors, both
// orders of its loops.
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

// Results that are stored as a pixel shuffle or an upsampling would lay them.
Cases stores() {
  Cases cases;
  for (const Placing placing : {Placing::shuffle, Placing::upsample}) {
    for (int factor : {2, 3}) {
      for (int kernel : {1, 3}) {
        for (int stride : {1, 2}) {
          Conv2d op = conv2d(kernel == 3 ? 32 : 272, placing == Placing::shuffle ? 16 * factor * factor : 40, kernel, stride, kernel / 2);
          op.placing = placing;
          op.factor = factor;
          op.act = kLeaky;
          cases.push_back(make_case(op, 9, 7, Extra::batch_norm));
        }
      }
    }
  }
  Conv2d op = conv2d(24, 128, 3, 1, 1);
  op.placing = Placing::shuffle;
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

TEST_CASE("conv2d gives values worked out by hand") {
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

TEST_CASE("every kernel of conv2d does what the definition says") {
  Cases cases;
  for (const Cases& some : {any_parameters(), compact_inputs(), groups(), several_passes_and_blocks(), three_by_three(), stores(), activations()})
    cases.insert(cases.end(), some.begin(), some.end());
  check_kernels(cases, magnitude_of);
}

TEST_CASE("scratch memory for a batch is enough for a smaller one") {
  const int shapes[][5] = {{512, 512, 10, 8, 1}, {256, 256, 20, 16, 1}, {64, 64, 80, 64, 1},
                           {128, 33, 80, 64, 1}, {512, 512, 20, 16, 2}, {64, 128, 40, 48, 2}};
  for (const int(&s)[5] : shapes) {
    const Conv2d op = conv2d(s[0], s[1], 3, s[4], 1);
    for (const Kernel<Conv2d>* k : conv2d_kernels) {
      if (!available(k->target)) continue; // what counts its scratch is compiled for its target, too
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

TEST_CASE("conv2d names the parameter that is wrong") {
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
