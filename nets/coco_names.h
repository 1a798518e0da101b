// Names of the classes that the detectors know.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace pose {

// The 80 classes of COCO, "person" first.
std::vector<std::string> coco_names();

} // namespace pose
