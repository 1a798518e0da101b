// Checks the results of all ops except convolutions against their reference implementations.
// SPDX-License-Identifier: MIT
#include "bench/ops_cases.h"
#include "ops/device_bound.h"

#include <algorithm>
#include <cmath>

namespace pose::bench {
namespace {

// Rounding differences between two right results, by op, for inputs and weights in [-1, 1).  A sum has as many as terms, each of a sum of at most
// `terms`.  0: values are only moved or selected.
struct Rounding {
  double terms = 0, activation = 0;
  bool products = false; // multiplies by weights, which devices store with fewer bits
  double offset = 0;     // magnitude of the operands of a subtraction

  double bound(double want) const { return (terms * (terms + 4) + activation * (std::fabs(want) + offset)) * 0x1p-24; }
  double device_bound(Precision p, double want, bool rows) const {
    const double sums = products ? device_sum_bound(p, terms) * terms : 0;
    return (bound(want) + sums) * 1.1 + (rows ? 0 : device_store_bound(p, want)); // rows are floats
  }
};

Rounding rounding_of(const Add&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const Scale&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const Binary& op, const Shape&) {
  return {op.kind == BinaryKind::min || op.kind == BinaryKind::max ? 0.0 : 2.0, 8};
}
Rounding rounding_of(const LayerNorm& op, const Shape&) {
  return {0, double(op.c) + 16, false, 16}; // as in ops/bounds.cpp
}
Rounding rounding_of(const Matmul&, const Shape& in) {
  return {double(in.c), 0};
}
Rounding rounding_of(const Resize& op, const Shape&) {
  return {op.kind == ResizeKind::nearest ? 0.0 : 8.0, 0};
}
Rounding rounding_of(const Rearrange&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const BatchNorm&, const Shape&) {
  return {3, 8}; // variances are at least 1
}
Rounding rounding_of(const Activation&, const Shape&) {
  return {0, 8};
}
Rounding rounding_of(const AvgPool& op, const Shape& in) {
  return {op.global ? double(in.h) * in.w : double(op.kernel_h) * op.kernel_w, 0};
}
Rounding rounding_of(const ConvTranspose2d& op, const Shape&) {
  return {double(op.kernel_h) * op.kernel_w * (op.in_c / op.groups), 8, true};
}
Rounding rounding_of(const Softmax&, const Shape& in) {
  return {0, double(in.c) + 16};
}
Rounding rounding_of(const YoloHead& op, const Shape&) {
  return {0, 32, false, double(std::max(op.net_w, op.net_h)) / 4}; // a corner is rounded relative to the position of its cell
}
template <class P> Rounding rounding_of(const P&, const Shape&) {
  return {};
}

// Runs the reference implementation on the same inputs.
template <class P> Tensor reference_of(const OpCase<P>& c, const Inputs& inputs) {
  const Kernel<P>& reference = **(std::end(kernels_of<P>) - 1);
  std::vector<Tensor> in;
  std::vector<View<const float>> views;
  for (std::size_t i = 0; i < c.site.in.size(); i++) {
    in.emplace_back(c.site.in[i], c.site.layout, c.site.halo);
    from_nchw(inputs.values[i].data(), in.back().view());
  }
  for (const Tensor& t : in) views.push_back(t.view());
  Tensor want(c.out, c.out_layout, 0);
  Pool pool(1);
  Buffer packed(reference.packed_floats != nullptr ? reference.packed_floats(c.site.op) : 0);
  if (reference.pack != nullptr) reference.pack(c.site.op, {inputs.tensors().data(), nullptr, nullptr}, packed.data());
  reference.run(c.site.op, {{views.data(), int(views.size()), want.view()}, packed.data(), nullptr, &pool});
  return want;
}

std::vector<float> dense_of(View<const float> v) {
  std::vector<float> dense(std::size_t(v.shape.count()));
  to_nchw(v, dense.data());
  return dense;
}

} // namespace

template <class P> void set_check(OpCase<P>& c) {
  c.check = [site = c.site, out_shape = c.out, layout = c.out_layout](const std::string&, const Inputs& inputs, View<const float> out,
                                                                      std::optional<Precision> device) {
    OpCase<P> same;
    same.site = site;
    same.out = out_shape;
    same.out_layout = layout;
    const std::vector<float> got = dense_of(out), want = dense_of(reference_of(same, inputs).view());
    const Rounding rounding = rounding_of(site.op, site.in.empty() ? Shape{} : site.in[0]);
    return compare(got, want, [&](std::int64_t i) {
      const double w = want[std::size_t(i)];
      return device ? rounding.device_bound(*device, w, layout == Layout::rows) : rounding.bound(w);
    });
  };
}

template void set_check(OpCase<Activation>&);
template void set_check(OpCase<Add>&);
template void set_check(OpCase<AvgPool>&);
template void set_check(OpCase<BatchNorm>&);
template void set_check(OpCase<Binary>&);
template void set_check(OpCase<Concat>&);
template void set_check(OpCase<Constant>&);
template void set_check(OpCase<ConvTranspose2d>&);
template void set_check(OpCase<LayerNorm>&);
template void set_check(OpCase<Matmul>&);
template void set_check(OpCase<MaxPool>&);
template void set_check(OpCase<Permute>&);
template void set_check(OpCase<PixelShuffle>&);
template void set_check(OpCase<Rearrange>&);
template void set_check(OpCase<Resize>&);
template void set_check(OpCase<Scale>&);
template void set_check(OpCase<SimccHead>&);
template void set_check(OpCase<Slice>&);
template void set_check(OpCase<Softmax>&);
template void set_check(OpCase<Upsample>&);
template void set_check(OpCase<YoloHead>&);

} // namespace pose::bench
