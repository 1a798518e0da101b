// Checks that a model can serve as a detector or as a pose network.  All functions throw ModelError where it cannot.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "postprocess/detections.h"

namespace pose {

// Checks that the input has three channels, that every output is a YOLO head, and that heads and a tree of classes fit.
void expect_heads(const Graph& graph);
int classes_of_heads(const Graph& graph);                              // returns the class count of the last head, after expect_heads()
SelectOptions for_people_of(const Model& model, SelectOptions select); // sets the class of people, after expect_heads()
int square_side(const Graph& graph);                                   // returns the side of the input, which must be square
const PoseInput& pose_input_of(const Model& model);
bool has_simcc_head(const Graph& graph); // returns whether the network's output are keypoints in place of heatmaps
// Returns the shape of the heatmaps: n = 1, at least kJoints channels.  With a SimCC head, it is the input's height and width, and a channel for each
// keypoint.
Shape heatmaps_of(const Model& model);
// Checks that what needs heatmaps is not asked of a network without them; throws InputError.
void expect_heatmaps_for(const Model& model, bool flip, bool matching);

} // namespace pose
