// What a dump says of a network and its run.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <map>
#include <string>

namespace pose::study {

// Returns metadata: model, weights, target, fused, version, and as `layers` the graph, a JSON list of {name, op, inputs}.
std::map<std::string, std::string> describe(const Graph& graph, const std::string& weights, const RunOptions& run, bool fused);

} // namespace pose::study
