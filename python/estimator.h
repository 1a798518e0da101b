// Estimator: finds the people in an image, as the program `pose` does.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

#include <memory>
#include <mutex>

namespace pose::python {

// Thread-safe: one image is computed at a time, and other callers wait.
class Estimator {
public:
  // Consumes the models' weights.
  Estimator(const Model& detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

  // Returns the people with their keypoints, in pixels of the image, and with the detection that each came from.
  std::vector<Person> people(BgrImage image);

private:
  std::unique_ptr<Engine> engine_;
  std::mutex mutex_;
};

} // namespace pose::python
