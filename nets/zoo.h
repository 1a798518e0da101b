// Models by name or path (docs/spec.md, section 17).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

#include <memory>

namespace pose {

struct ModelOptions {
  std::string models_dir = {}; // --models; searched first
  std::string bn_path = {};    // --bn, for NAME@seed:N
  int inp_dim = 0;             // Darknet nets: side of the square input, 0: the cfg's
  std::string weights = {};    // the file to read weights from, instead of searching; not with NAME@...
  std::string data_dir = {};   // one more folder that holds nets/cfg and nets/trained, as a Python package does
};

struct Model {
  Graph graph;
  std::shared_ptr<const WeightStore> weights;
};

// A name of model_names(), or a path: X.cfg (with X.weights beside it), X.weights (with X.cfg beside it, or the project's when X is one
// of its names), X.safetensors (with a graph in its metadata, or FastPose's tensors).  "@random" behind either generates weights for
// benchmarks, "@seed:N" behind yolov3-spp and fastpose the synthetic ones of docs/spec.md, section 15.
// Weights are searched in options.models_dir, $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp, and shared/weights beside
// the project, and then in nets/trained, which has pose-nano.
// Throws ModelError: names what was looked for and where, and how to get it.
Model load_model(const std::string& name, const ModelOptions& options);

// The graph alone; a Darknet net and fastpose need no weight file for it.
Graph load_graph(const std::string& name, const ModelOptions& options);

// "fastpose" where its weights are found, so that results are AlphaPose's, else "pose-nano".
std::string default_pose_net(const ModelOptions& options);

std::vector<std::string> model_names();

} // namespace pose
