// Boxes of people as JSON: COCO's format of results, with names of files as image_id.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pose {

// The boxes of one picture, by its file's name without folders; pixels of the picture.
using NamedBoxes = std::pair<std::string, std::vector<PersonBox>>;

using BoxesByName = std::map<std::string, std::vector<PersonBox>>;

// A list of {image_id, category_id, bbox: [x, y, width, height], corners: [x1, y1, x2, y2], score}.  The corners have every bit of the box.
std::string format_boxes(const std::vector<NamedBoxes>& pictures);

// What format_boxes writes, or other programs in COCO's format: corners may lack, other members are passed over, and so are entries of another
// category_id than 1.  Boxes of a picture keep the file's order.  Throws InputError with the file and the entry.
BoxesByName read_boxes(const std::string& path);

// The boxes of a file inside a picture of this size, as a detector's are.  Throws Error when one lies outside.
std::vector<PersonBox> boxes_inside(const std::vector<PersonBox>& boxes, int h, int w);

} // namespace pose
