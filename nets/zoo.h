// Models by name or path (DESIGN.md, section 3).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

#include <memory>

namespace pose {

struct ModelOptions {
  std::string models_dir; // --models; "": $POSE_MODELS, else models/ of the project, else ~/.cache/alphapose.cpp
  std::string bn_path;    // --bn, for NAME@seed:N
  int inp_dim = 0;        // detectors: side of the square input, 0: the cfg's
};

struct Model {
  Graph graph;
  std::shared_ptr<const Store> weights;
};

// NAME, NAME@seed:N, NAME@random, or a path: X.cfg (with X.weights beside it), X.weights (with X.cfg beside it), X.safetensors.
// Throws Error: names what was looked for and where, and how to get it.
Model load_model(const std::string& name, const ModelOptions& options);

} // namespace pose
