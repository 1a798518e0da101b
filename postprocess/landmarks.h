// Reads what BlazePose's landmark network computes: places, visibility, 3D, and the region for a second look (docs/spec.md, section 22).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/heatmap.h"

namespace pose {

// Outputs of the network: maps of one pixel.
struct LandmarkOutputs {
  View<const float>
      places; // of each landmark x, y, z, visibility, presence; x and y in pixels of the input, the last two before the logistic function
  View<const float> presence; // of a person, 0 to 1
  View<const float> world;    // of each landmark x, y, z in meters
};

inline constexpr int kLandmarkValues = 5;
inline constexpr int kExtraLandmarks = 2; // landmarks after those of the set: the middle of the hips, and a point of the circle around the whole body

// Returns the first region of a person: a square around the box.
Region region_around(const Box& box);
// Returns the square around the circle that image n shows around the body, turned so that the body is upright; `region` itself where there is none.
Region aligned_region(const LandmarkOutputs& outputs, int n, const Region& region, int input_h, int input_w, const JointSet& set);
// Returns the keypoints of image n, which shows `crop`.
Candidate landmarks_of(const LandmarkOutputs& outputs, int n, const CropBox& crop, int input_h, int input_w, const JointSetRef& set);

} // namespace pose
