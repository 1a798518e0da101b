// Implements estimator.h.
// SPDX-License-Identifier: MIT
#include "python/estimator.h"

namespace pose::python {

Estimator::Estimator(const Model& detector, const Model& pose, const EngineOptions& options, const RunOptions& run)
    : engine_(make_engine(&detector, pose, options, run)) {}

std::vector<Person> Estimator::people(BgrImage image) {
  const std::scoped_lock lock(mutex_);
  Frame frame;
  frame.image = std::move(image);
  engine_->prepare(frame);
  Frame* const frames[] = {&frame};
  engine_->infer(frames);
  engine_->collect(frame);
  return pose_nms(frame.candidates);
}

} // namespace pose::python
