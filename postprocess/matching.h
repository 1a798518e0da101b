// AlphaPose's --matching: all people of an image compete for keypoints, in place of decoding and pose NMS (docs/spec.md, section 13).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <span>
#include <vector>

namespace pose {

// A place where a keypoint may be, in pixels of the image.
struct ImagePeak {
  double x = 0, y = 0;
  float score = 0;
};

// One person with all places where each keypoint may be.
struct PeakCandidate {
  Box box;                                // the detector's box, in pixels of the image
  float box_score = 0;                    // objectness
  PerJoint<std::vector<ImagePeak>> peaks; // best first; at least one each
  JointSetRef set = coco_joints();
};

// Returns the peaks of channel `joint` of image n, mapped to the image.
std::vector<ImagePeak> find_peaks(View<const float> heatmaps, int n, int joint, const CropBox& crop);
// Returns the candidate of heatmaps n, which were computed from `crop`, the enlarged `box`.
PeakCandidate find_candidate(View<const float> heatmaps, int n, const Box& box, float box_score, const CropBox& crop,
                             const JointSetRef& set = coco_joints());

// Returns the people of one image from all of its candidates, which are of one set.  A keypoint that several people claim goes to one of them.
std::vector<Person> match_people(const std::vector<PeakCandidate>& candidates);

} // namespace pose
