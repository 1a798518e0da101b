// Class names of the detectors.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace pose {

// Returns COCO's names for 80 classes and Pascal VOC's for 20; an empty list for other numbers.
std::vector<std::string> usual_class_names(int classes);

// Reads a file of names, one a line.  Throws Error when it cannot be read.
std::vector<std::string> read_class_names(const std::string& path);

// Reads the parents of the classes from a file of a name and a parent's index, or -1, per line (Darknet's data/9k.tree).  A parent comes before its
// children.  Throws Error when it cannot be read.
std::vector<int> read_class_parents(const std::string& path);

// Returns the class whose name is "person"; 0 where there is none.
int person_class(const std::vector<std::string>& names);

} // namespace pose
