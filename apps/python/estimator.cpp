// One picture through the engine of the programs.
// SPDX-License-Identifier: MIT
#include "apps/python/estimator.h"

namespace pose::python {

Estimator::Estimator(const Model& detector, const Model& pose, const apps::EngineOptions& options, const apps::RunOptions& run)
    : engine_(apps::make_engine(&detector, pose, options, run)) {}

std::vector<Person> Estimator::people(BgrImage picture) {
  const std::scoped_lock lock(mutex_);
  apps::Sight sight;
  sight.picture = std::move(picture);
  engine_->prepare(sight);
  apps::Sight* const sights[] = {&sight};
  engine_->infer(sights);
  engine_->collect(sight);
  return pose_nms(sight.candidates);
}

} // namespace pose::python
