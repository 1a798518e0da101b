// The networks of PoseOptions, and people between the library's types and the public ones.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/pose.h>

#include "pose/engine.h"

namespace alphapose {

struct PoseEngine {
  std::unique_ptr<pose::Engine> engine;
  std::string detector, network, device; // names
  float confidence = 0;
};

// Checks the options and loads both networks.  Throws as Pose does.
PoseEngine make_pose_engine(const PoseOptions& options, pose::CropRule rule);

Person to_person(const pose::Person& person);
pose::Person from_person(const Person& person);

} // namespace alphapose
