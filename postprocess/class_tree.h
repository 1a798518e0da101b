// ClassTree: classes that are kinds of other classes (YOLO9000, Redmon and Farhadi 2016).
// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace pose {

class ClassTree {
public:
  // parents: of every class an earlier one, or -1.  Neighbors with the same parent are a group, among which a softmax decides.
  explicit ClassTree(const std::vector<int>& parents);

  // Returns the class that Darknet reports for the logits of a box: it descends from the first group to the likeliest class, as long as the product
  // of the probabilities exceeds 0.5 (hierarchy_predictions and hierarchy_top_prediction of src/tree.c).
  int top_class(const float* logits) const;

private:
  struct Group {
    int begin = 0, end = 0;
  };
  std::vector<int> parents_, child_; // child_: the group of a class's children, -1: none
  std::vector<Group> groups_;
};

} // namespace pose
