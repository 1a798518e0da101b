// Checks the results of convolutions.
// SPDX-License-Identifier: MIT
#include "bench/ops_cases.h"
#include "ops/conv2d/check.h"
#include "ops/device_bound.h"

namespace pose::bench {

template <> void set_check(OpCase<Conv2d>& c) {
  constexpr int kSamples = 100;
  const Conv2d op = c.site.op;
  const double terms = double(op.in_c / op.groups) * op.kernel_h * op.kernel_w;
  c.check = [op, terms, in = c.site.in[0]](const std::string& kernel, const Inputs& inputs, View<const float> out, std::optional<Precision> device) {
    std::function<double(double, double)> bound;
    if (device)
      bound = [p = *device, terms](double want, double sum) { return device_sum_bound(p, terms) * sum * 1.1 + device_store_bound(p, want); };
    return compare_samples(kernel, op, in, inputs.values[0].data(), {inputs.tensors().data(), nullptr, nullptr}, out, kSamples, bound);
  };
}

} // namespace pose::bench
