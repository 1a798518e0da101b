// Checks that a model can serve as a detector or as a pose network.  All functions throw ModelError where it cannot.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "postprocess/detections.h"
#include "postprocess/joint_set.h"

namespace pose {

// Checks that the input has three channels, that every output is a YOLO head, and that heads and a tree of classes fit.
void expect_heads(const Graph& graph);
int classes_of_heads(const Graph& graph);                              // returns the class count of the last head, after expect_heads()
SelectOptions for_people_of(const Model& model, SelectOptions select); // sets the class of people, after expect_heads()
int square_side(const Graph& graph);                                   // returns the side of the input, which must be square
const PoseInput& pose_input_of(const Model& model);
JointSetRef joints_of(const Model& model); // returns the keypoints of a pose network
// Returns the shape of the heatmaps: n = 1, at least one channel for each keypoint.  Of a network without heatmaps, it is the grid of its keypoints:
// its input's height and width.
Shape heatmaps_of(const Model& model);

} // namespace pose
