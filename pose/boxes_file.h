// Person boxes as JSON: COCO's results format, with file names as image_id.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pose {

// The file name of an image, without folders, and its boxes in pixels of the image.
using NamedBoxes = std::pair<std::string, std::vector<PersonBox>>;

using BoxesByName = std::map<std::string, std::vector<PersonBox>>;

// Returns a JSON list of {image_id, category_id, bbox: [x, y, width, height], corners: [x1, y1, x2, y2], score}.  The corners are exact.
std::string format_boxes(const std::vector<NamedBoxes>& images);

// Reads a file of format_boxes(), or of another program in COCO's format.  `corners` is optional, and unknown members are ignored.  Entries whose
// category_id is not 1 are skipped.  The boxes of an image keep the file's order.  Throws InputError that names the file and the entry.
BoxesByName read_boxes(const std::string& path);

// Returns the boxes clipped to an image of h x w pixels, as a detector clips its boxes.  Throws Error for a box that is entirely outside.
std::vector<PersonBox> clip_boxes(const std::vector<PersonBox>& boxes, int h, int w);

} // namespace pose
