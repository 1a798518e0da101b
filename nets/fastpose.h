// FastPose: SE-ResNet with a PixelShuffle + DUC head (AlphaPose's pose network; SPEC.md, section 6).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

struct FastPoseOptions {
  int depth = 101; // 50 or 101
  int input_h = 320, input_w = 256;
  int heatmaps = 33;
  int width = 64; // planes of the first stage; smaller for tests
};

// Node and parameter names are the original's state-dict keys.
Graph fastpose(const FastPoseOptions& options = {});

} // namespace pose
