// FastPose: SE-ResNet with a PixelShuffle + DUC head (AlphaPose's pose network; docs/spec.md, section 6).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

struct FastPoseOptions {
  int depth = 101;                  // 50 or 101
  int input_h = 320, input_w = 256; // multiples of 32
  int heatmaps = 33;
  int width = 64; // planes of the first stage; smaller in tests
};

// Returns the graph.  Parameter names are the original's state-dict keys, in its order.  Node names are the original's module names, and each node
// computes what that module returns.  ReLUs and sums have no unique module in the original.  Their names are derived from the module before them
// ("preact.bn1.relu", "preact.layer1.0.sum").
Graph fastpose(const FastPoseOptions& options = {});

} // namespace pose
