// FastPose: ResNets with upsampling heads (AlphaPose's pose networks; docs/spec.md, sections 6 and 21).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// What upsamples the features by 8.
//   duc     PixelShuffle and two dense upsampling convolutions (FastPose)
//   stages  three times PixelShuffle and convolutions (FastPose_DUC)
//   deconv  three transposed convolutions (SimplePose)
enum class PoseHead { duc, stages, deconv };

struct FastPoseOptions {
  int depth = 101;                  // 50, 101 or 152
  int input_h = 320, input_w = 256; // multiples of 32
  int heatmaps = 33;
  int width = 64;         // planes of the first stage; smaller in tests
  bool squeeze = true;    // squeeze and excitation in the first block of each stage
  bool unshuffle = false; // blocks with a stride halve the map by PixelUnshuffle
  PoseHead head = PoseHead::duc;
  int last = 128;                               // of duc: channels before the heatmaps
  std::array<int, 3> convs = {4, 2, 1};         // of stages: convolutions in each
  std::array<int, 3> deconvs = {256, 256, 256}; // of deconv: channels of each
};

// Returns the graph.  Parameter names are the original's state-dict keys, in its order.  Node names are the original's module names, and each node
// computes what that module returns.  ReLUs and sums have no unique module in the original.  Their names are derived from the module before them
// ("preact.bn1.relu", "preact.layer1.0.sum").
Graph fastpose(const FastPoseOptions& options = {});

// Returns the graph whose tensors a store has, with the store's metadata `input` (256x192) and `pose` (docs/graph_format.md).  The tensors' shapes
// are checked when they are bound.  Throws Error that names the first tensor that is missing.
Graph fastpose_of(const WeightStore& store);

} // namespace pose
