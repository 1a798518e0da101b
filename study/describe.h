// The metadata of a dump: the network and how it ran.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <map>
#include <string>

namespace pose::study {

// Returns the metadata: model, weights, target, fused, version, and the graph as `layers`, a JSON list of {name, op, inputs}.
std::map<std::string, std::string> describe(const Graph& graph, const std::string& weights, const RunOptions& run, bool fused);

} // namespace pose::study
