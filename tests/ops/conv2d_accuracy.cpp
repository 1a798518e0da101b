// Tests how much the 3 x 3 kernels of conv2d round on usual layers.  The bounds of the other tests are those of the worst case, which is far away.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/check.h"
#include "tensor/tensor.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace pose;
using namespace pose::harness;

namespace {

struct Layer {
  Conv2d op;
  int h, w;
};

// Returns the norm of the errors of `samples` outputs over the norm of the exact values, in units of 2^-24.
double relative_error(const Kernel<Conv2d>& kernel, const Layer& layer, unsigned seed, int samples) {
  const Conv2d& op = layer.op;
  const Shape in{1, layer.h, layer.w, op.in_c}, out = infer(op, std::span(&in, 1));
  const Values x = random_values(in.count(), seed, -0.1f, 1), weight = random_values(std::int64_t(op.out_c) * op.in_c * 9, seed + 100);
  const Values scale(std::size_t(op.out_c), 1.0f), shift(std::size_t(op.out_c), 0.0f);
  const float* tensors[] = {weight.data()};
  const RawWeights raw{tensors, scale.data(), shift.data()};
  Tensor from(in, Layout::blocked, 1), to(out);
  from_nchw(x.data(), from.view());
  const View<const float> view = from.view();
  Pool pool(1);
  Buffer packed(kernel.packed_floats(op)), scratch(kernel.scratch_floats(op, {&view, 1, to.view()}, 1));
  kernel.pack(op, raw, packed.data());
  kernel.run(op, {{&view, 1, to.view()}, packed.data(), scratch.data(), &pool});
  std::mt19937 engine(seed);
  double errors = 0, values = 0;
  for (int i = 0; i < samples; i++) {
    const int oy = int(engine() % unsigned(out.h)), ox = int(engine() % unsigned(out.w)), c = int(engine() % unsigned(out.c));
    const double want = exact_sum(op, in, x.data(), raw, 0, oy, ox, c).value;
    errors += std::pow(to.view().at(0, oy, ox, c) - want, 2);
    values += want * want;
  }
  return std::sqrt(errors / values) * 0x1p24;
}

// The largest error allowed, in units of 2^-24: a quarter more than the largest of the seeds 0 to 15.
double limit_of(const std::string& kernel) {
  const WinogradKind kind = winograd_kind(kernel);
  return kind.stride == 2 ? 7 : kind.m == 0 ? 7.5 : kind.m == 2 ? 5 : kind.m == 4 ? 12 : 24;
}

} // namespace

TEST_CASE("kernels of 3 x 3 convolutions round little for every seed") {
  const Layer layers[] = {{conv2d(16, 32, 3, 1, 1), 24, 25},
                          {conv2d(128, 32, 3, 1, 1), 24, 25},
                          {conv2d(512, 32, 3, 1, 1), 13, 13},
                          {conv2d(64, 32, 3, 2, 1), 24, 25},
                          {conv2d(256, 32, 3, 2, 1), 12, 12}};
  for (const Kernel<Conv2d>* kernel : conv2d_kernels) {
    if (kernel->target == Target::ref || !available(kernel->target)) continue;
    for (const Layer& layer : layers) {
      const View<const float> in = layout_of({1, layer.h, layer.w, layer.op.in_c}, Layout::blocked, 1);
      const Shape shape = in.shape;
      if (!kernel->accepts(layer.op, {&in, 1, layout_of(infer(layer.op, std::span(&shape, 1)), Layout::blocked)})) continue;
      double worst = 0;
      for (unsigned seed = 0; seed < 4; seed++) worst = std::max(worst, relative_error(*kernel, layer, seed, 400));
      CAPTURE(std::string(kernel->name));
      CAPTURE(layer.op.in_c);
      CHECK(worst <= limit_of(kernel->name));
    }
  }
}
