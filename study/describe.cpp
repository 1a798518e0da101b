// Implements describe.h.
// SPDX-License-Identifier: MIT
#include "study/describe.h"

#include "nets/runtime.h"

#include <nlohmann/json.hpp>

namespace pose::study {

std::map<std::string, std::string> describe(const Graph& graph, const std::string& weights, const RunOptions& run, bool fused) {
  nlohmann::json layers = nlohmann::json::array();
  for (const Node& node : graph.nodes()) {
    nlohmann::json inputs = nlohmann::json::array();
    for (int in : node.inputs) inputs.push_back(graph[in].name);
    layers.push_back({{"name", node.name}, {"op", op_name_of(node.op)}, {"inputs", std::move(inputs)}});
  }
  return {{"model", graph.title},
          {"weights", weights},
          {"target", run.gpu ? fmt::format("{}, {}", run.gpu->info().name, name_of(run.precision)) : name_of(run.target)},
          {"fused", fused ? "true" : "false"},
          {"version", alphapose::version()},
          {"layers", layers.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}};
}

} // namespace pose::study
