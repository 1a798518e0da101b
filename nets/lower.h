// Lowering: the passes from a network's description to the graph that runs.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// The parameters of one node, for a kernel's packing function.
struct NodeWeights {
  std::vector<const float*> tensors; // pointers into the store, in the order of the op's header
  std::vector<float> scale, shift;   // the folded batch norm; empty: none
};

// A graph and its weights by node id.
struct Lowered {
  Graph graph;
  std::vector<NodeWeights> weights;
};

// Finds every parameter in the store, and checks that every tensor is used.  Throws Error otherwise.
Lowered bind(const Graph& graph, const WeightStore& store);

// Folds a batch norm after a convolution into the convolution's scale and shift.  Each batch norm keeps its eps.
Lowered fold(Lowered net);

// Removes identities (concat of one).  Fuses activations and residual additions into the op that computes their input.  Fuses pixel shuffles and
// upsamplings into the store mode of the convolution whose result they rearrange.  A fused node takes the position and the name of the last node that
// was merged into it.
Lowered fuse(Lowered net);

} // namespace pose
