// All ops but the convolutions, checked against their references.
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"

#include <cmath>

namespace pose::bench {
namespace {

// Roundings between two right results, by op, for inputs and weights in [-1, 1): sums have as many as terms, each of a sum of at most `terms`.
// 0: values are only moved or chosen.
struct Rounding {
  double terms = 0, activation = 0;

  double bound(double want) const { return (terms * (terms + 4) + activation * std::fabs(want)) * 0x1p-24; }
};

Rounding rounding_of(const Add&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const Scale&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const BatchNorm&, const Shape&) {
  return {2, 8};
}
Rounding rounding_of(const Activation&, const Shape&) {
  return {0, 8};
}
Rounding rounding_of(const AvgPool& op, const Shape& in) {
  return {op.global ? double(in.h) * in.w : double(op.kernel_h) * op.kernel_w, 0};
}
Rounding rounding_of(const ConvTranspose2d& op, const Shape&) {
  return {double(op.kernel_h) * op.kernel_w * (op.in_c / op.groups), 8};
}
Rounding rounding_of(const Softmax&, const Shape& in) {
  return {0, double(in.c) + 16};
}
Rounding rounding_of(const YoloHead&, const Shape&) {
  return {0, 32};
}
template <class P> Rounding rounding_of(const P&, const Shape&) {
  return {};
}

// What distinguishes sites of the same shapes: kernel and stride of windows.
template <class P> std::string window_of(const P& op) {
  if constexpr (requires { op.kernel_h; }) {
    return fmt::format("k{}s{}-", op.kernel_h, op.stride_h);
  } else {
    return "";
  }
}

template <class P> std::string text_of(const Site<P>& site) {
  std::string text;
  for (const Shape& s : site.in) text += to_text(s) + "-";
  return text + window_of(site.op) + "o" + to_text(infer(site.op, std::span<const Shape>(site.in)));
}

// Runs the reference on the same inputs.
template <class P> Difference compare_with_reference(const P& op, const Inputs& inputs, View<const float> out) {
  const Kernel<P>& reference = **(std::end(kernels_of<P>) - 1);
  Tensor want(out.shape, out.blocked() ? Layout::blocked : Layout::rows, 0);
  Pool pool(1);
  Buffer packed(reference.packed_floats != nullptr ? reference.packed_floats(op) : 0);
  std::vector<const float*> tensors;
  for (const auto& w : inputs.weights) tensors.push_back(w.data());
  if (reference.pack != nullptr) reference.pack(op, {tensors.data(), nullptr, nullptr}, packed.data());
  reference.run(op, {{inputs.views.data(), int(inputs.views.size()), want.view()}, packed.data(), nullptr, &pool});
  std::vector<float> dense[2];
  for (auto& d : dense) d.resize(std::size_t(out.shape.count()));
  to_nchw(out, dense[0].data());
  to_nchw(want.view(), dense[1].data());
  const Rounding rounding = rounding_of(op, inputs.views[0].shape);
  return compare(dense[0], dense[1], [&](std::int64_t i) { return rounding.bound(dense[1][std::size_t(i)]); });
}

template <class P> void add_sites(const Settings& settings, const std::string& net, const std::vector<Site<P>>& sites) {
  for (const Site<P>& site : sites) {
    OpCase<P> c;
    c.name = fmt::format("{}/{}", net, text_of(site));
    c.site = site;
    if constexpr (std::is_same_v<P, YoloHead>) c.out_layout = Layout::rows;
    c.check = [op = site.op](const Kernel<P>&, const Inputs& inputs, View<const float> out) { return compare_with_reference(op, inputs, out); };
    add_case(settings, c);
  }
}

template <class P> void add_op(const Settings& settings) {
  for (const Net& net : nets()) add_sites(settings, net.name, sites_of<P>(net.graph));
}

// simplepose's decoder: its graph comes with its weights, which need not be there.
std::vector<Site<ConvTranspose2d>> simplepose_sites() {
  std::vector<Site<ConvTranspose2d>> sites;
  ConvTranspose2d op;
  op.in_c = op.out_c = op.groups = 128;
  op.kernel_h = op.kernel_w = 4;
  op.stride_h = op.stride_w = 2;
  op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = 1;
  op.act = kRelu;
  for (int scale : {1, 2, 4}) sites.push_back({op, {{1, 8 * scale, 6 * scale, 128}}, {128 * 16}, Layout::blocked, 0, "decoder", 1});
  return sites;
}

} // namespace

void add_others(const Settings& settings) {
  add_op<Activation>(settings);
  add_op<Add>(settings);
  add_op<AvgPool>(settings);
  add_op<BatchNorm>(settings);
  add_op<Concat>(settings);
  add_sites(settings, "simplepose", simplepose_sites());
  add_op<MaxPool>(settings);
  add_op<PixelShuffle>(settings);
  add_op<Scale>(settings);
  add_op<Slice>(settings);
  add_op<Softmax>(settings);
  add_op<Upsample>(settings);
  add_op<YoloHead>(settings);
}

} // namespace pose::bench
