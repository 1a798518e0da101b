// Implements model_checks.h.
// SPDX-License-Identifier: MIT
#include "pose/model_checks.h"

#include "nets/class_names.h"
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
  const std::size_t in_tree = graph.class_parents.size();
  for (int id : graph.outputs) {
    const Node& node = graph[id];
    if (!is_yolo_output(node)) fail<ModelError>("{}: expected a detector, found output {} of kind {}", graph.title, node.name, op_name_of(node.op));
    const YoloHead& head = std::get<YoloHead>(node.op);
    if ((head.kind == HeadKind::region_tree) != (in_tree > 0) || (in_tree > 0 && std::size_t(head.classes) != in_tree))
      fail<ModelError>("{}: {}: expected classes of the network's tree, which has {}", graph.title, node.name, in_tree);
  }
}

int classes_of_heads(const Graph& graph) {
  return std::get<YoloHead>(graph[graph.outputs.back()].op).classes;
}

SelectOptions for_people_of(const Model& model, SelectOptions select) {
  if (!model.graph.class_parents.empty()) fail<ModelError>("{}: expected a detector without a tree of classes", model.graph.title);
  select.person = person_class(model.class_names);
  for (int id : model.graph.outputs) {
    const Node& node = model.graph[id];
    if (std::get<YoloHead>(node.op).classes <= select.person)
      fail<ModelError>("{}: {}: expected class {}, which is a person, found fewer classes", model.graph.title, node.name, select.person);
  }
  return select;
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

bool has_simcc_head(const Graph& graph) {
  return std::holds_alternative<SimccHead>(graph[graph.outputs[0]].op);
}

void expect_heatmaps_for(const Model& model, bool flip, bool matching) {
  if (has_simcc_head(model.graph) && (flip || matching))
    fail<InputError>("{}: expected a pose network with heatmaps for {}, found one with a SimCC head", model.graph.title, flip ? "flip" : "matching");
}

Shape heatmaps_of(const Model& model) {
  Shape maps = model.graph[model.graph.outputs[0]].shape;
  if (has_simcc_head(model.graph)) {
    const SimccHead& head = std::get<SimccHead>(model.graph[model.graph.outputs[0]].op);
    maps = {1, head.net_h, head.net_w, maps.c};
  }
  if (maps.c < kJoints) fail<ModelError>("{}: expected at least {} heatmaps, found {}", model.graph.title, kJoints, maps.c);
  return maps;
}

} // namespace pose
