// SharedPose: finds the people in images, as the program `pose` does.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

#include <memory>
#include <mutex>
#include <vector>

namespace pose {

// Thread-safe: one call computes at a time, and other callers wait.
class SharedPose {
public:
  // Consumes the models' weights.
  SharedPose(const Model& detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

  // Returns the people of each image, after pose NMS.
  std::vector<std::vector<Person>> people(std::vector<BgrImage> images);
  std::vector<Person> people(BgrImage image);

private:
  std::unique_ptr<Engine> engine_;
  std::mutex mutex_;
};

} // namespace pose
