// Sites: the distinct uses of an op in a graph, for tests and benchmarks of kernels on the networks' real shapes.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/op_fields.h"
#include "nets/storage.h"

namespace pose {

// Nodes that compute the same op on inputs of the same shapes and layout.
template <class P> struct Site {
  P op;
  std::vector<Shape> in;            // n = 1
  std::vector<std::int64_t> params; // number of values in each parameter, in the order of the op's header
  Layout layout = Layout::blocked;  // of the first input, as the planner chooses
  int halo = 0;                     // of the first input of `node`, as the planner chooses: at least what the op needs
  std::string node;                 // name of the first node
  int count = 1;                    // number of nodes
};

// Adds a site, or adds its count to an equal existing site.
template <class P> void add_site(std::vector<Site<P>>& sites, const Site<P>& site) {
  for (Site<P>& s : sites) {
    if (same_fields(s.op, site.op) && s.in == site.in && s.layout == site.layout) {
      s.count += site.count;
      return;
    }
  }
  sites.push_back(site);
}

inline bool every_node(const Node&) {
  return true;
}

// Returns the distinct sites of the op with parameters P in the graph, in the order of their first nodes.  Only nodes for which wanted(node) is true
// count.  The graph is used as given: nothing is folded or fused.
template <class P, class F = bool (*)(const Node&)> std::vector<Site<P>> sites_of(const Graph& graph, F wanted = every_node) {
  const std::vector<View<float>> views = choose_views(graph, {}).views;
  std::vector<Site<P>> sites;
  for (const Node& node : graph.nodes()) {
    const P* op = std::get_if<P>(&node.op);
    if (op == nullptr || !wanted(node)) continue;
    Site<P> site;
    site.op = *op;
    for (int id : node.inputs) site.in.push_back(graph[id].shape);
    for (const ParamSpec& param : node.params) site.params.push_back(param.count());
    if (!node.inputs.empty()) {
      const View<float>& first = views[std::size_t(node.inputs[0])];
      site.layout = first.blocked() ? Layout::blocked : Layout::compact;
      site.halo = first.halo;
    }
    site.node = node.name;
    add_site(sites, site);
  }
  return sites;
}

} // namespace pose
