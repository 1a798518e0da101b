// The Pose that Python holds, and a person's values as arrays, for all that returns people.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/shared_pose.h"
#include "python/arrays.h"
#include "python/bindings.h"

#include <memory>
#include <optional>
#include <tuple>

namespace pose::python {

struct PyPose {
  std::shared_ptr<SharedPose> estimator;
  OneProcess process;
};

FloatArray keypoints(const Person& person);
std::optional<FloatArray> world(const Person& person);
std::tuple<float, float, float, float> box(const Person& person);

// Adds Pose.track() and what it returns.
void bind_track(nanobind::module_& m, nanobind::class_<PyPose>& pose);

} // namespace pose::python
