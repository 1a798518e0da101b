// PoseInput as JSON: in a graph, and with the tensors of FastPose.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/pose_input.h"

#include <nlohmann/json.hpp>

namespace pose {

// Reads the object.  channels: of the network's output.  Throws Error("{where}: ...").
PoseInput read_pose(const nlohmann::json& value, const std::string& where, int channels);
PoseInput parse_pose_json(const std::string& text, const std::string& where, int channels);
// Writes the object.  Fields that have the usual value are left out.
nlohmann::ordered_json json_of_pose(const PoseInput& pose);

} // namespace pose
