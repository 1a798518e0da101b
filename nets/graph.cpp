// Implements graph.h: checks every node and infers its shape as it is added.
// SPDX-License-Identifier: MIT
#include "nets/graph.h"

#include "ops/infer.h"
#include "tensor/error.h"

namespace pose {
namespace {

std::vector<Shape> shapes_of(const Graph& graph, const std::vector<int>& inputs) {
  std::vector<Shape> shapes;
  for (int id : inputs) shapes.push_back(graph[id].shape);
  return shapes;
}

Shape infer(const Input& op, std::span<const Shape> in) {
  expect_inputs(in, 0);
  return checked(op.shape);
}

} // namespace

int Graph::add(std::string name, Op op, std::vector<int> inputs, std::vector<ParamSpec> params) {
  const std::string where = fmt::format("{}{}node {}", title, title.empty() ? "" : ": ", name);
  if (find(name) >= 0) fail("{}: the name is used twice", where);
  for (int id : inputs) {
    if (id < 0 || id >= size()) fail("{}: input {}: expected an earlier node, 0 to {}", where, id, size() - 1);
  }
  try {
    const Shape shape = std::visit([&](const auto& p) { return infer(p, shapes_of(*this, inputs)); }, op);
    index_[name] = size();
    nodes_.push_back({std::move(name), std::move(op), std::move(inputs), std::move(params), shape});
  } catch (const Error& e) {
    fail("{}: {}", where, e.what());
  }
  return size() - 1;
}

int Graph::input(std::string name, int h, int w, int c) {
  return add(std::move(name), Input{{1, h, w, c}}, {});
}

int Graph::find(const std::string& name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? -1 : it->second;
}

std::vector<ParamSpec> Graph::params() const {
  std::vector<ParamSpec> all;
  for (const Node& node : nodes_) all.insert(all.end(), node.params.begin(), node.params.end());
  return all;
}

std::int64_t Graph::macs() const {
  std::int64_t sum = 0;
  for (const Node& node : nodes_) sum += macs_of(*this, node);
  return sum;
}

const char* op_name_of(const Op& op) {
  return std::visit([]<class P>(const P&) { return op_name<P>; }, op);
}

std::int64_t macs_of(const Graph& graph, const Node& node) {
  return std::visit(
      [&]<class P>(const P& p) -> std::int64_t {
        if constexpr (std::is_same_v<P, Input>)
          return 0;
        else
          return macs(p, shapes_of(graph, node.inputs), node.shape);
      },
      node.op);
}

} // namespace pose
