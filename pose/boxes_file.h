// Person boxes as JSON: COCO's results format, with file names as image_id.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"
#include "tensor/file.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pose {

// The file name of an image, without folders, and its boxes in pixels of the image.
using NamedBoxes = std::pair<std::string, std::vector<PersonBox>>;

// Writes a JSON list of {image_id, category_id, bbox: [x, y, width, height], corners: [x1, y1, x2, y2], score}.  The corners are exact.  Keeps no
// boxes in memory: they are collected next to PATH, and finish() gives them that name.
class BoxesWriter {
public:
  explicit BoxesWriter(const std::string& path) : file_(path) { write("["); }

  void add(const std::string& image, const std::vector<PersonBox>& boxes); // throws Error where they cannot be written
  // Completes the file.  After an add() that failed it does nothing: an existing PATH stays as it was.
  void finish();

private:
  void write(std::string_view text);

  AtomicFile file_;
  bool torn_ = false; // boxes may be missing
};

// The content of a file of boxes.
struct BoxesFile {
  std::vector<NamedBoxes> images;    // by image_id, a number as its digits; in the order of the file
  std::vector<std::string> problems; // an error line for each entry that cannot be used
  std::size_t others = 0;            // entries whose category_id is not 1
};

// Reads a file of BoxesWriter, or of another program in COCO's format.  `corners` is optional, and unknown members are ignored.  The boxes of an
// image keep the file's order.  Throws InputError that names the file where it is no list, or where no entry can be used: then it names the first.
BoxesFile read_boxes(const std::string& path);

using BoxesByPath = std::map<std::string, std::vector<PersonBox>>;

// The boxes of each image.
struct AssignedBoxes {
  BoxesByPath boxes;
  std::size_t left = 0;   // boxes that belong to no image, or to several
  std::string first_left; // the image_id of the first of them
};

// Assigns boxes to images.  An image_id is, in this order: the file name of an image, or the end of its path from a folder's name on; the name
// without its ending; the number that the name ends in, as COCO's files are named (139 is 000000000139.jpg and COCO_val2014_000000000139.jpg).
AssignedBoxes assign_boxes(const std::vector<NamedBoxes>& images, const std::vector<std::string>& paths);

// Returns the boxes clipped to an image of h x w pixels, as a detector clips its boxes.  Leaves out those that are entirely outside, and says so in
// `problem`.
std::vector<PersonBox> clip_boxes(const std::vector<PersonBox>& boxes, int h, int w, std::string& problem);

} // namespace pose
