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
  std::vector<std::string> files = {};       // that were read
  std::vector<std::string> class_names = {}; // of a detector; empty: unknown
};

// Loads a model by a name of model_names() or by a path: X.cfg (weights: X.weights in the same folder, or X_best, X_final or X_last, as Darknet's
// training writes them), X.weights (with X.cfg of the same folder, or the project's when X is one of its names; X may end in _best, _final, _last or
// a number), X.safetensors (with a graph in its metadata, or FastPose's tensors).  The suffix "@random" or "@random:N" generates weights for
// benchmarks, from seed 0 or N, "@seed:N" of yolov3-spp and fastpose the synthetic ones of docs/spec.md, section 15. Weights are searched in
// options.models_dir, $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp, shared/weights next to the project, and then in nets/trained,
// which has pose-nano. Throws ModelError: names what was looked for and where, and how to get it.
Model load_model(const std::string& name, const ModelOptions& options);

// Loads the graph alone; a Darknet net and fastpose need no weight file for it.
Graph load_graph(const std::string& name, const ModelOptions& options);

// Returns "fastpose" where its weights are found, so that results are AlphaPose's, else "pose-nano".
std::string default_pose_net(const ModelOptions& options);

// Returns the first of detector_names() whose weights are found.  Throws ModelError with the command that gets one.
std::string default_detector(const ModelOptions& options);

// Returns the detectors in the order of preference: AlphaPose's yolov3-spp first.
std::vector<std::string> detector_names();

// What is used with a detector where the user gives no value.
struct DetectorDefaults {
  float confidence = 0.05f; // SelectOptions: objectness that a person must exceed; AlphaPose's
  float threshold = 0.25f;  // DarknetOptions: of objects of all classes; Darknet's
  int inp_dim = 0;          // ModelOptions, of objects of all classes; 0: the cfg's
};

// Returns the values for a name of detector_names(); for other names and for paths AlphaPose's and Darknet's.
DetectorDefaults detector_defaults(const std::string& name);
inline float default_confidence(const std::string& detector) {
  return detector_defaults(detector).confidence;
}

std::vector<std::string> model_names();

} // namespace pose
