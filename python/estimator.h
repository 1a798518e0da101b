// Estimator: picture -> people, as the program pose finds them, from any thread.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

#include <memory>
#include <mutex>

namespace pose::python {

// Thread safety: one picture at a time, other callers wait.
class Estimator {
public:
  // Uses up the models' weights.
  Estimator(const Model& detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

  // Every person with joints in pixels of the picture, and the box of the detector's that it was made of.
  std::vector<Person> people(BgrImage picture);

private:
  std::unique_ptr<Engine> engine_;
  std::mutex mutex_;
};

} // namespace pose::python
