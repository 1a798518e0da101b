// The convolutions of the networks.
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"
#include "ops/conv2d/conv2d_check.h"

namespace pose::bench {
namespace {

// The input, "g" and groups where there are several, kernel, stride, channels of the result.
std::string text_of(const Conv2d& op, const Shape& in) {
  const std::string groups = op.groups > 1 ? fmt::format("g{}", op.groups) : "";
  return fmt::format("{}-{}k{}s{}-o{}", to_text(in), groups, op.kernel_h, op.stride_h, op.out_c);
}

} // namespace

void add_conv2d(const Settings& settings) {
  for (const Net& net : nets()) {
    for (const Site<Conv2d>& site : sites_of<Conv2d>(net.graph)) {
      Shape in = site.in[0];
      in.n = settings.batch;
      OpCase<Conv2d> c;
      c.name = fmt::format("{}/{}", net.name, text_of(site.op, in));
      c.site = site;
      c.check = [op = site.op](const Kernel<Conv2d>& kernel, const Inputs& inputs, View<const float> out) {
        const float* tensors[] = {inputs.weights[0].data(), op.bias ? inputs.weights[1].data() : nullptr};
        return compare_samples(kernel, op, inputs.views[0].shape, inputs.values[0].data(), {tensors, nullptr, nullptr}, out, 100);
      };
      add_case(settings, c);
    }
  }
}

} // namespace pose::bench
