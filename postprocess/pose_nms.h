// Parametric pose NMS (Fang et al. 2017; the variant of AlphaPose's pytorch branch, docs/spec.md section 9).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/heatmap.h"
#include "postprocess/person.h"

namespace pose {

// Parameters of the paper, as trained for COCO (section 9).
struct NmsRule {
  float delta2 = 2.65f;    // decay of the distance term, pixels
  float mu = 1.7f;         // weight of the distance term
  float gamma = 22.48f;    // similarity above which a pose is the same person
  float matches = 5;       // ... or with this many matching keypoints
  float min_score = 0.3f;  // a person has at least one keypoint with this score
  float reference = 0.1f;  // matching distance as a fraction of the box's longer side
  float shift = 0.3f;      // subtracted from every coordinate at the end
  bool whole_body = false; // with faces and hands, whose distances count differently (section 21)
};

// Returns the rule of AlphaPose's branch `master`.  peaks: keypoints are the peaks of heatmaps.
NmsRule master_nms(const JointSet& set, bool peaks);

// Clusters and merges candidates, which are of one set.
std::vector<Person> pose_nms(const std::vector<Candidate>& candidates, const NmsRule& rule = {});

} // namespace pose
