// Parametric pose NMS (Fang et al. 2017; the variant of AlphaPose's pytorch branch, docs/spec.md section 9).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/heatmap.h"

namespace pose {

struct Person {
  std::array<Point, kJoints> joints{};
  std::array<float, kJoints> scores{};
  float proposal_score = 0;
  Box box;             // of the candidate that this person came from; of several, the one with the highest mean score
  float box_score = 0; // objectness of that box
};

std::vector<Person> pose_nms(const std::vector<Candidate>& candidates);

} // namespace pose
