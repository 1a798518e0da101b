// What a model must be to serve as a detector or as a pose network; ModelError otherwise.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

namespace pose {

void expect_heads(const Graph& graph);    // every output is a YOLO head
int classes_of_heads(const Graph& graph); // of a graph with such outputs: the last one's
int square_side(const Graph& graph);      // of the input
const PoseInput& pose_input_of(const Model& model);
Shape heatmaps_of(const Model& model); // n = 1; at least kJoints channels

} // namespace pose
