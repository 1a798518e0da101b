// One safetensors file that holds the graph as JSON in its metadata (key "graph"): what scripts/convert_onnx.py writes.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// The format is described in docs/graph_format.md.  Throws Error naming the node and field.
Graph parse_graph_json(const std::string& json, const std::string& source);
std::string to_json(const Graph& graph);

} // namespace pose
