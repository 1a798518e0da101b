// Lowering: the passes between a network as it is described and a network as it runs.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// The parameters of one node on their way into a kernel's packing function.
struct NodeWeights {
  std::vector<const float*> tensors; // into the store, in the order of the op's header
  std::vector<float> scale, shift;   // the folded batch norm; empty: none
};

// A graph and, by node id, its weights.
struct Lowered {
  Graph graph;
  std::vector<NodeWeights> weights;
};

// Finds every parameter in the store, strictly both ways; throws Error otherwise.
Lowered bind(const Graph& graph, const WeightStore& store);

// Batch norm behind a convolution, each with its own eps, becomes the convolution's scale and shift.
Lowered fold(Lowered net);

// Takes identities (concat of one) out, and activations and residual additions into the op that computes their input, and pixel
// shuffles and upsamplings into the convolution whose result they rearrange.  A fused node stands in the
// place, and bears the name, of the last node it took in.
Lowered fuse(Lowered net);

} // namespace pose
