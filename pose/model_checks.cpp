// Implements model_checks.h.
// SPDX-License-Identifier: MIT
#include "pose/model_checks.h"

#include "postprocess/heatmap.h"

namespace pose {

namespace {

// Crops and letterboxed images have three channels.
void expect_color_input(const Graph& graph) {
  const Shape s = graph[0].shape;
  if (s.c != 3) fail<ModelError>("{}: expected an input of 3 channels, found {}", graph.title, s.c);
}

} // namespace

void expect_heads(const Graph& graph) {
  expect_color_input(graph);
  for (int id : graph.outputs) {
    if (!is_yolo_output(graph[id])) {
      fail<ModelError>("{}: expected a detector, found output {} of kind {}", graph.title, graph[id].name, op_name_of(graph[id].op));
    }
  }
}

int classes_of_heads(const Graph& graph) {
  return std::get<YoloHead>(graph[graph.outputs.back()].op).classes;
}

int square_side(const Graph& graph) {
  const Shape s = graph[0].shape;
  if (s.h != s.w) fail<ModelError>("{}: expected a square input, found {} x {}", graph.title, s.h, s.w);
  return s.h;
}

const PoseInput& pose_input_of(const Model& model) {
  if (!model.graph.pose) fail<ModelError>("{}: expected a pose network, found one without pose input metadata", model.graph.title);
  expect_color_input(model.graph);
  return *model.graph.pose;
}

Shape heatmaps_of(const Model& model) {
  const Shape maps = model.graph[model.graph.outputs[0]].shape;
  if (maps.c < kJoints) fail<ModelError>("{}: expected at least {} heatmaps, found {}", model.graph.title, kJoints, maps.c);
  return maps;
}

} // namespace pose
