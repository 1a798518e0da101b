// Heatmaps -> joints of the picture (docs/spec.md, sections 6 to 8).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "tensor/shape.h"

#include <vector>

namespace pose {

inline constexpr int kJoints = 17; // COCO order
inline constexpr std::size_t kLeftShoulder = 5, kRightShoulder = 6;
inline constexpr std::size_t kNeck = kJoints; // the shoulders' middle: no joint of the net's, added by pictures and some formats

// One person before pose NMS.
struct Candidate {
  Box box;             // the detector's, mapped to the picture
  float box_score = 0; // objectness
  std::array<Point, kJoints> joints{};
  std::array<float, kJoints> scores{};
};

// A joint on the heatmap grid: its position (quarter-pixel shift and + 0.2 included) and the map's maximum.
struct Peak {
  Point at;
  float score = 0;
};

// Peak of channel `joint` of picture n: the first maximum, moved a quarter of a pixel towards the higher neighbour on both axes unless it
// lies on the border.  A map without a positive value gives the corner and that maximum as its score, a NaN gives NaN.
Peak find_peak(View<const float> heatmaps, int n, int joint);
// From the grid of a heatmap h x w back to the picture.
Point to_picture(Point on_map, const CropBox& crop, int map_h, int map_w);
// hm = (hm + mirrored with left and right joints swapped) / 2 for picture n of both; the flip test of section 6.
void average_flipped(View<float> heatmaps, View<const float> of_mirrored, int n);

} // namespace pose
