// Heatmap decoding: from heatmaps to keypoints in the image (docs/spec.md, sections 6 to 8).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "postprocess/joint_set.h"
#include "tensor/shape.h"

namespace pose {

// One person before pose NMS.
struct Candidate {
  Box box;             // the detector's box, in pixels of the image
  float box_score = 0; // objectness
  PerJoint<Point> joints;
  PerJoint<float> scores;
  JointSetRef set = coco_joints();
  std::vector<Point3> world = {}; // the keypoints in 3D, of networks that find them
};

// A keypoint on the heatmap grid: its position (quarter-pixel shift and + 0.2 included) and the heatmap's maximum.
struct Peak {
  Point at;
  float score = 0;
};

// How a maximum becomes a peak: it is moved where border < x < w - 1 and border < y < h - 1, and `offset` is added.
struct PeakRule {
  int border = 0;
  float offset = 0.2f;
};
inline constexpr PeakRule kPlainPeaks{1, 0}; // of AlphaPose's branch `master` (section 21)

// Returns the peak of channel `joint` of image n: the first maximum, moved a quarter of a pixel towards the higher neighbor on both axes.  On the
// border it is not moved.  A heatmap without a positive value gives the corner, with the maximum as its score.  A NaN gives NaN.
Peak find_peak(View<const float> heatmaps, int n, int joint, PeakRule rule = {});
// Returns the center of mass of the logistic function of a channel, and its maximum (section 21).  A NaN gives NaN.
Peak find_center(View<const float> heatmaps, int n, int joint);
// Returns keypoint `joint` of image n of what ops/simcc_head computed: three pixels, x, y and score, of a channel for each keypoint.
Peak decoded_peak(View<const float> keypoints, int n, int joint);
// Maps a point from the grid of a heatmap h x w back to the image.
Point to_image(Point on_map, const CropBox& crop, int map_h, int map_w);
// Computes hm = (hm + mirrored with left and right keypoints swapped) / 2 for image n of both: the flip test of section 6.  shift: the mirrored map
// is moved one pixel to the right (section 21).
void average_flipped(View<float> heatmaps, View<const float> of_mirrored, int n, const JointSet& set, bool shift = false);

} // namespace pose
