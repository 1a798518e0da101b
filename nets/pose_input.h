// PoseInput: what a pose network expects and finds, as its file tells (docs/graph_format.md, "Pose networks").
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

namespace pose {

// Which keypoints a network finds: the name of a set of the project (postprocess/joint_set.h), or what tells of another set.
struct KeypointInfo {
  std::string set; // "": the project's set of as many keypoints
  std::vector<std::string> names = {};
  std::vector<std::array<int, 2>> pairs = {}, limbs = {}; // left and right; ends of limbs
  std::vector<float> sigmas = {};

  friend bool operator==(const KeypointInfo&, const KeypointInfo&) = default;
};

// How people are cut out.
//   box       what surrounds the enlarged box is 0 (docs/spec.md, section 5)
//   centered  1.25 times the box, at its center, with all that is around it (section 21)
//   aligned   a square that is turned so that the person is upright, found in two steps (section 22)
enum class PoseCrop { box, centered, aligned };

// How heatmaps become keypoints.
//   peaks     maxima, moved towards the higher neighbor, with constant offsets (sections 7 to 9)
//   maxima    the same without offsets (section 21)
//   integral  centers of mass of the logistic function
//   mixed     integral for face and hands, maxima for the body
//   simcc     the network ends in the op simcc_head, which computes places on the pixels of its input
//   landmarks the network computes places itself, on the pixels of its input, and in 3D (section 22)
enum class PoseDecode { peaks, maxima, integral, mixed, simcc, landmarks };

struct PoseInput {
  std::array<float, 3> mean{}; // R, G, B, subtracted from v / 255
  std::array<float, 3> std{1, 1, 1};
  int joints = 17; // number of heatmap channels in use
  KeypointInfo keypoints = {};
  PoseCrop crop = PoseCrop::box;
  PoseDecode decode = PoseDecode::peaks;
};

} // namespace pose
