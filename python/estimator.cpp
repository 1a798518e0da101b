// One picture through the engine of the programs.
// SPDX-License-Identifier: MIT
#include "python/estimator.h"

namespace pose::python {

Estimator::Estimator(const Model& detector, const Model& pose, const EngineOptions& options, const RunOptions& run)
    : engine_(make_engine(&detector, pose, options, run)) {}

std::vector<Person> Estimator::people(BgrImage picture) {
  const std::scoped_lock lock(mutex_);
  Sight sight;
  sight.picture = std::move(picture);
  engine_->prepare(sight);
  Sight* const sights[] = {&sight};
  engine_->infer(sights);
  engine_->collect(sight);
  return pose_nms(sight.candidates);
}

} // namespace pose::python
