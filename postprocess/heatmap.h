// Heatmap decoding: from heatmaps to keypoints in the image (docs/spec.md, sections 6 to 8).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "tensor/shape.h"

#include <vector>

namespace pose {

inline constexpr int kJoints = 17; // COCO order
inline constexpr std::array<const char*, kJoints> kJointNames = {
    "nose",       "left_eye",    "right_eye", "left_ear",  "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip",  "right_hip", "left_knee", "right_knee",    "left_ankle",     "right_ankle"};
inline constexpr std::size_t kLeftShoulder = 5, kRightShoulder = 6;
inline constexpr std::size_t kNeck = kJoints; // midpoint of the shoulders: no output of the network; used for drawing and by some formats

// One person before pose NMS.
struct Candidate {
  Box box;             // the detector's box, in pixels of the image
  float box_score = 0; // objectness
  std::array<Point, kJoints> joints{};
  std::array<float, kJoints> scores{};
};

// A keypoint on the heatmap grid: its position (quarter-pixel shift and + 0.2 included) and the heatmap's maximum.
struct Peak {
  Point at;
  float score = 0;
};

// Returns the peak of channel `joint` of image n: the first maximum, moved a quarter of a pixel towards the higher neighbor on both axes.  On the
// border it is not moved.  A heatmap without a positive value gives the corner, with the maximum as its score.  A NaN gives NaN.
Peak find_peak(View<const float> heatmaps, int n, int joint);
// Returns keypoint `joint` of image n of what ops/simcc_head computed: three pixels, x, y and score, of a channel for each keypoint.
Peak decoded_peak(View<const float> keypoints, int n, int joint);
// Maps a point from the grid of a heatmap h x w back to the image.
Point to_image(Point on_map, const CropBox& crop, int map_h, int map_w);
// Computes hm = (hm + mirrored with left and right keypoints swapped) / 2 for image n of both: the flip test of section 6.
void average_flipped(View<float> heatmaps, View<const float> of_mirrored, int n);

} // namespace pose
