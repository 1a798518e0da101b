// Implements model_checks.h.
// SPDX-License-Identifier: MIT
#include "pose/model_checks.h"

#include "nets/class_names.h"
#include "postprocess/landmarks.h"

#include <fmt/ranges.h>

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

JointSetRef joints_of(const Model& model) {
  const PoseInput& pose = pose_input_of(model);
  const KeypointInfo& info = pose.keypoints;
  const std::string& title = model.graph.title;
  if (!info.names.empty()) {
    try {
      return make_joint_set({info.set, info.names, info.pairs, info.limbs, {info.sigmas.begin(), info.sigmas.end()}});
    } catch (const Error& e) {
      fail<ModelError>("{}: keypoints: {}", title, e.what());
    }
  }
  const std::string known = fmt::format("{}", fmt::join(joint_set_names(), ", "));
  if (info.set.empty()) {
    JointSetRef usual = joint_set_of_size(std::size_t(pose.joints));
    if (usual == nullptr) fail<ModelError>("{}: expected keypoints with names, or as many as one of {} has, found {}", title, known, pose.joints);
    return usual;
  }
  JointSetRef set = find_joint_set(info.set);
  if (set == nullptr) fail<ModelError>("{}: keypoints: expected one of {}, found {}", title, known, info.set);
  if (int(set->size()) != pose.joints) fail<ModelError>("{}: expected the {} keypoints of {}, found {}", title, set->size(), set->name, pose.joints);
  return set;
}

// Checks the three outputs of a network of landmarks.  Returns the grid of its keypoints, which is that of its input.
static Shape landmarks_grid(const Model& model, std::size_t joints) {
  const Graph& graph = model.graph;
  const std::size_t wanted[] = {(joints + kExtraLandmarks) * kLandmarkValues, 1, 3 * joints};
  if (graph.outputs.size() != std::size(wanted)) fail<ModelError>("{}: expected 3 outputs of landmarks, found {}", graph.title, graph.outputs.size());
  for (std::size_t i = 0; i < std::size(wanted); i++) {
    const Shape s = graph[graph.outputs[i]].shape;
    if (s.h != 1 || s.w != 1 || std::size_t(s.c) < wanted[i])
      fail<ModelError>("{}: output {}: expected at least {} channels of one pixel, found {} of {} x {}", graph.title, i, wanted[i], s.c, s.h, s.w);
  }
  return {1, graph[0].shape.h, graph[0].shape.w, int(joints)};
}

Shape heatmaps_of(const Model& model) {
  const PoseDecode decode = pose_input_of(model).decode;
  const std::size_t joints = joints_of(model)->size();
  const SimccHead* const simcc = op_as<SimccHead>(model.graph, model.graph.outputs[0]);
  if ((simcc != nullptr) != (decode == PoseDecode::simcc))
    fail<ModelError>("{}: expected decode simcc for a network that ends in simcc_head, and for no other", model.graph.title);
  if (decode == PoseDecode::landmarks) return landmarks_grid(model, joints);
  Shape maps = model.graph[model.graph.outputs[0]].shape;
  if (std::size_t(maps.c) < joints) fail<ModelError>("{}: expected at least {} heatmaps, found {}", model.graph.title, joints, maps.c);
  if (simcc != nullptr) maps = {1, simcc->net_h, simcc->net_w, maps.c};
  return maps;
}

} // namespace pose
