// Class names of the detectors.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace pose {

// Returns the 80 classes of COCO, "person" first.
std::vector<std::string> coco_names();

} // namespace pose
