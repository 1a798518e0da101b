// The cases of bench/ops: every distinct shape on which the networks use an op, once, with all layers that use it.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_options.h"
#include "nets/sites.h"
#include "ops/infer.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"

#include <functional>
#include <memory>

namespace pose::bench {

// A network whose shapes are measured; the name contains its size if it can have several.
struct Net {
  std::string name;
  Graph graph;
};
// Returns the networks of settings.models, or the default ones, that pass the filter; loads each once.  Throws Error.
const std::vector<Net>& nets(const Settings& settings);

struct Occurrence {
  std::string net, layer; // of the first layer
  int count = 1;          // number of layers in the network
};
std::string to_text(const std::vector<Occurrence>& places); // "yolov3-608 layer12 (8), yolov3-spp-608 layer12 (8)"
int layers_of(const std::vector<Occurrence>& places);

// The inputs of a kernel and of the check.  Values and weights are in [-1, 1).
struct Inputs {
  std::vector<std::vector<float>> values, weights; // dense; values as [n, c, h, w]

  std::vector<const float*> tensors() const;
};
Inputs make_inputs(const std::vector<Shape>& shapes, const std::vector<std::int64_t>& weights);

template <class P> struct OpCase {
  Site<P> site; // of the first layer; in[].n is the batch size
  std::vector<Occurrence> places;
  std::string shape;
  Shape out;
  Layout out_layout = Layout::blocked;
  // Returns whether `out`, computed by the kernel of that name, is right; device: with the rounding of a device kernel in this precision.
  std::function<Difference(const std::string& kernel, const Inputs&, View<const float> out, std::optional<Precision> device)> check;

  int out_halo() const { return out_layout == Layout::blocked ? 1 : 0; }
  std::string name() const { return places[0].net + "/" + places[0].layer + "/" + shape; }
};

// Returns the properties that distinguish sites: the inputs, "g" and groups if there are several, the window, the result.
template <class P> std::string shape_text(const Site<P>& site) {
  std::string text;
  for (const Shape& s : site.in) text += to_text(s) + "-";
  if constexpr (requires { site.op.groups; }) text += site.op.groups > 1 ? fmt::format("g{}", site.op.groups) : "";
  if constexpr (requires { site.op.kernel_h; }) text += fmt::format("k{}s{}-", site.op.kernel_h, site.op.stride_h);
  if constexpr (requires { site.op.out_c; }) return text + fmt::format("o{}", site.op.out_c);
  return text + "o" + to_text(infer(site.op, std::span<const Shape>(site.in)));
}

// Checks against the op's reference implementation.  ops_conv2d.cpp has conv2d's check, which computes samples only: the full reference takes
// minutes.
template <class P> void set_check(OpCase<P>& c);
template <> void set_check(OpCase<Conv2d>& c);

// Adds the site, or adds its layer to an equal case.
template <class P> void add_occurrence(std::vector<OpCase<P>>& cases, const Site<P>& site, const Occurrence& place) {
  for (OpCase<P>& c : cases) {
    if (same_fields(c.site.op, site.op) && c.site.in == site.in && c.site.layout == site.layout) {
      c.places.push_back(place);
      return;
    }
  }
  OpCase<P> c;
  c.site = site;
  c.places = {place};
  c.shape = shape_text(site);
  c.out = infer(site.op, std::span<const Shape>(site.in));
  if constexpr (std::is_same_v<P, YoloHead>) c.out_layout = Layout::rows;
  set_check(c);
  cases.push_back(c);
}

// "/" separates the parts of benchmark names.
std::string without_slashes(std::string text);

template <class P> std::vector<OpCase<P>> cases_of(const Settings& settings) {
  std::vector<OpCase<P>> cases;
  for (const Net& net : nets(settings)) {
    for (Site<P> site : sites_of<P>(net.graph, [&](const Node& node) { return settings.layer.wants(node.name); })) {
      for (Shape& s : site.in) s.n = settings.batch;
      add_occurrence(cases, site, {net.name, without_slashes(site.node), site.count});
    }
  }
  return cases;
}

} // namespace pose::bench
