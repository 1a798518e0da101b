// conv2d: every distinct convolution of the networks with its real channels, on maps made smaller.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_check.h"
#include "ops/conv2d/conv2d_shapes.h"
#include "tensor/tensor.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

using namespace pose;
using namespace pose::harness;

namespace {

// What pack() gets: weights of a size that keeps outputs near 1.
struct Weights {
  Values weight, scale, shift;
  const float* tensors[2] = {}; // no bias of its own

  explicit Weights(const Conv2d& op) {
    const int inputs = op.in_c / op.groups * op.kernel_h * op.kernel_w;
    const float range = std::sqrt(3.0f / float(inputs));
    weight = random_values(std::int64_t(op.out_c) * inputs, 1, -range, range);
    scale = random_values(op.out_c, 2, 0.5f, 1.5f);
    shift = random_values(op.out_c, 3);
    tensors[0] = weight.data();
  }
  RawWeights raw() const { return {tensors, scale.data(), shift.data()}; }
};

void run(const Kernel<Conv2d>& kernel, const Conv2d& op, const Weights& weights, View<const float> x, View<float> y, Pool& pool) {
  Call call;
  call.maps = {&x, 1, y};
  Buffer packed(kernel.packed_floats(op));
  Buffer scratch(kernel.scratch_floats != nullptr ? kernel.scratch_floats(op, call.maps, pool.threads()) : 0);
  kernel.pack(op, weights.raw(), packed.data());
  call.packed = packed.data();
  call.scratch = scratch.data();
  call.pool = &pool;
  kernel.run(op, call);
}

// Up to 437 pixels: more than one block of them.
Shape reduced(const ConvShape& s) {
  return {1, std::min(s.h, 19), std::min(s.w, 23), s.in_c};
}

} // namespace

TEST_CASE("kernels of conv2d on the networks' layers") {
  Pool one(1), three(3);
  for (const ConvShape& s : kConvShapes) {
    const Conv2d op = conv_of(s);
    const Shape in = reduced(s), out = infer(op, {&in, 1});
    const Weights weights(op);
    const Values values = random_values(in.count(), 4);
    Tensor x(in, s.in_c < kLanes ? Layout::compact : Layout::blocked, s.kernel / 2), y(out), again(out);
    from_nchw(values.data(), x.view());
    for (const Kernel<Conv2d>* kernel : conv2d_kernels) {
      const View<const float> xv = x.view();
      if (kernel->target == Target::ref || !available(kernel->target) || !kernel->accepts(op, {&xv, 1, y.view()})) continue;
      const std::string where = fmt::format("{} on {} {}->{} {}", kernel->name, s.net, s.in_c, s.out_c, to_text(in));
      run(*kernel, op, weights, xv, y.view(), one);
      run(*kernel, op, weights, xv, again.view(), three);
      CHECK_MESSAGE(std::memcmp(y.view().data, again.view().data, std::size_t(floats_of(y.view())) * sizeof(float)) == 0, where);
      const Difference d = compare_samples(op, in, values.data(), weights.raw(), y.view(), 300);
      CHECK_MESSAGE(d.ok(), where, ": ", d.text());
    }
  }
}
