// Implements networks.h.
// SPDX-License-Identifier: MIT
#include "pose/networks.h"

namespace pose {

void PoseNetworks::choose(const ModelOptions& options) {
  if (detects && detector.empty()) detector = default_detector(options);
  if (detects && !confidence) confidence = default_confidence(detector);
  if (network.empty()) network = default_pose_net(options);
}

PoseModels PoseNetworks::load(const ModelOptions& options) const {
  PoseModels models;
  if (detects) {
    ModelOptions of_detector = options;
    of_detector.weights = detector_weights;
    models.detector = load_model(detector, of_detector);
  }
  models.network = load_model(network, options);
  return models;
}

} // namespace pose
