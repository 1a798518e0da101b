// Graph as JSON in the metadata (key "graph") of a safetensors file, as scripts/convert_onnx.py writes it.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// Parses the format described in docs/graph_format.md.  Throws an Error that names the node and field.
Graph parse_graph_json(const std::string& json, const std::string& source);
std::string to_json(const Graph& graph);

} // namespace pose
