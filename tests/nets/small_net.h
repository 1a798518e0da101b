// A small network with every structure that the passes treat: shared inputs, residuals, squeeze and excitation, concats, slices, heads.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "nets/plan.h"

#include <vector>

namespace pose {

// Input 3 x 24 x 20; outputs "head" (rows) and "map" (17 channels).
Graph small_net();

// Runs it on a fixed random batch; returns the outputs in turn as NCHW.
std::vector<float> run_small_net(const Graph& graph, const PlanOptions& options, int pictures, std::uint64_t seed = 3);

} // namespace pose
