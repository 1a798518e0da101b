// The convolutions of the networks.
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"
#include "ops/conv2d/conv2d_check.h"
#include "ops/conv2d/conv2d_shapes.h"

namespace pose::bench {

void add_conv2d(const Settings& settings) {
  for (const ConvShape& s : kConvShapes) {
    OpCase<Conv2d> c;
    c.op = conv_of(s);
    c.in = {{1, s.h, s.w, s.in_c}};
    c.weights = {std::int64_t(s.out_c) * (s.in_c / s.groups) * s.kernel * s.kernel};
    c.layout = s.in_c < kLanes ? Layout::compact : Layout::blocked;
    c.halo = s.kernel / 2;
    c.layers = s.count;
    c.name = fmt::format("{}/{}-{}k{}s{}", s.net, to_text({settings.batch, s.h, s.w, s.in_c}), s.groups > 1 ? fmt::format("g{}", s.groups) : "",
                         s.kernel, s.stride);
    c.name += fmt::format("-o{}", s.out_c);
    c.check = [op = c.op](const Inputs& inputs, View<const float> out) {
      const float* tensors[] = {inputs.weights[0].data(), nullptr};
      return compare_samples(op, inputs.views[0].shape, inputs.values[0].data(), {tensors, nullptr, nullptr}, out, 100);
    };
    add_case(settings, c);
  }
}

} // namespace pose::bench
