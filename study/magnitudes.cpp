// Implements magnitudes.h.
// SPDX-License-Identifier: MIT
#include "study/magnitudes.h"

#include "ops/conv2d/winograd/magnitude.h"
#include "ops/registered.h"
#include "tensor/file.h"
#include "tensor/tensor.h"

#include <cmath>
#include <set>

namespace pose::study {
namespace {

const Registered<Conv2d> two(*winograd_magnitude({2, 1})), four(*winograd_magnitude({4, 1})), five(*winograd_magnitude({5, 1})),
    strided(*winograd_magnitude({4, 2}));

// Replaces an activation by relu; linear stays.
void make_linear_or_relu(Act& act) {
  if (act != kLinear) act = kRelu;
}

Op without_activations(Op op) {
  std::visit(
      []<class P>(P& p) {
        if constexpr (requires { p.act; }) make_linear_or_relu(p.act);
        if constexpr (requires { p.post; }) make_linear_or_relu(p.post);
      },
      op);
  return op;
}

Graph without_activations(const Graph& graph) {
  Graph copy;
  copy.title = graph.title;
  for (const Node& node : graph.nodes()) copy.add(node.name, without_activations(node.op), node.inputs, node.params);
  copy.outputs = graph.outputs;
  copy.pose = graph.pose;
  return copy;
}

} // namespace

Model magnitudes_of(const Model& net, bool discard) {
  constexpr std::size_t kMean = 2; // index of the mean in a batch norm's parameters
  std::set<std::string> means;
  for (const Node& node : net.graph.nodes()) {
    if (std::holds_alternative<BatchNorm>(node.op)) means.insert(node.params[kMean].name);
  }
  auto weights = std::make_shared<WeightStore>(net.weights->source());
  for (const auto& [name, param] : net.weights->params()) {
    const std::int64_t count = checked_product(name, param.shape);
    const auto values = std::make_shared<Buffer>(count);
    const float sign = means.count(name) > 0 ? -1.0f : 1.0f;
    for (std::int64_t i = 0; i < count; i++) values->data()[i] = sign * std::fabs(param.data[i]);
    weights->add(name, param.shape, values->data());
    weights->keep(values);
    if (discard) discard_pages(param.data, count);
  }
  return {without_activations(net.graph), weights};
}

KernelChoices magnitude_kernels(const Net& run) {
  KernelChoices choices{"magnitudes"};
  for (int k = 0; k < run.steps(); k++) {
    const Kernel<Conv2d>* kernel = winograd_magnitude(winograd_kind(run.kernel_of(k)));
    if (kernel != nullptr) choices.kernel_of[run.graph()[run.node_of(k)].name] = kernel->name;
  }
  return choices;
}

} // namespace pose::study
