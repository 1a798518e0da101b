// Observation: a person of one frame as tracker and smoother see it, free of NaN; and how much two people look like one.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <optional>

namespace pose {

// Lengths that a person keeps, as logarithms.  The torso, from the middle of the shoulders to that of the hips, is in pixels: unlike the box, it does
// not shrink where an obstacle or the border of the image cuts the person off.  The others are ratios to the torso.
struct Proportions {
  std::optional<double> torso, leg, arm;
};

struct Observation {
  PerJoint<Point> joints;
  PerJoint<float> scores; // in [0, 1]; 0 for a keypoint that is no number
  Box box;                // has an area
  float confidence = 0;   // in [0, 1]
  Proportions body;
  JointSetRef set = coco_joints();

  double x() const { return (double(box.x1) + box.x2) / 2; }
  double y() const { return (double(box.y1) + box.y2) / 2; }
  double width() const { return double(box.x2) - box.x1; }
  double height() const { return double(box.y2) - box.y1; }
};

// A keypoint below this score says little about where it is: half of the 0.3 below which pose NMS drops a person (docs/spec.md, section 9).
inline constexpr float kSeen = 0.15f;

// Returns the person without NaN and infinities.  A box without an area is replaced by the extent of the keypoints seen.  Returns nothing where
// neither has an area.
std::optional<Observation> observe(const Person& person);

// Returns the size of a person: the square root of the box's area, where the shorter side counts as at least 0.4 of the longer one.  So a person who
// is cut off by the border of the image or by an obstacle is not small.
double size_of(double width, double height);
double size_of(const Box& box);
// Returns the intersection over union of the boxes, each grown by `margin` pixels on every side.
double overlap(const Box& a, const Box& b, double margin);

// Returns the object keypoint similarity, in [0, 1], weighted by the scores: mean over k of exp(-d_k^2 / (2 (size^2 (2 sigma_k)^2 + spread^2))).
// `spread` is a deviation in pixels that both poses may be moved by.  Returns nothing where fewer than kFewestKeypoints keypoints are seen in both,
// and for people of two sets.
inline constexpr int kFewestKeypoints = 3;
std::optional<double> keypoint_similarity(const Observation& a, const Observation& b, double size, double spread);

} // namespace pose
