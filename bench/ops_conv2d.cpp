// How results of convolutions are checked.
// SPDX-License-Identifier: MIT
#include "bench/ops_cases.h"
#include "ops/conv2d/conv2d_check.h"

namespace pose::bench {

template <> void set_check(OpCase<Conv2d>& c) {
  constexpr int kSamples = 100;
  c.check = [op = c.site.op, in = c.site.in[0]](const std::string& kernel, const Inputs& inputs, View<const float> out) {
    return compare_samples(kernel, op, in, inputs.values[0].data(), {inputs.tensors().data(), nullptr, nullptr}, out, kSamples);
  };
}

} // namespace pose::bench
