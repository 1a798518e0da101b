// PoseNetworks: the detector and the pose network that a caller names, or leaves to the library.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/zoo.h"

#include <optional>
#include <string>

namespace pose {

struct PoseModels {
  std::optional<Model> detector; // none where the caller sets the boxes
  Model network;
};

struct PoseNetworks {
  std::string detector = {}, network = {}; // names or paths; "": chosen
  std::string detector_weights = {};       // file of the detector's weights; "": searched for
  std::optional<float> confidence = {};    // that a detection must exceed; none: chosen
  bool detects = true;                     // false: the caller sets the boxes, so that a detector is neither chosen nor loaded

  // Sets what the caller left open: the best networks whose weights are found, and the confidence that suits the detector.  Throws ModelError where
  // no detector is found.
  void choose(const ModelOptions& options);
  // Loads the networks.  Throws as load_model().
  PoseModels load(const ModelOptions& options) const;
};

} // namespace pose
