// Graph: a network as data, however it was made (Darknet cfg, builder, safetensors metadata).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"
#include "weights/store.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pose {

// One op and the value it computes; its index in the graph is the value's id.
struct Node {
  std::string name; // unique; the original's module name where there is one
  Op op;
  std::vector<int> inputs;       // ids of earlier nodes
  std::vector<ParamSpec> params; // in the order of the op's header
  Shape shape;                   // of the result, n = 1
};

// Its value is rows of boxes and attributes, not a map.
inline bool is_yolo_output(const Node& node) {
  return std::holds_alternative<YoloHead>(node.op);
}

// How a pose network wants its crops (docs/spec.md, sections 5 and 16).
struct PoseInput {
  std::array<float, 3> mean{}; // R, G, B, subtracted from v / 255
  std::array<float, 3> std{1, 1, 1};
  int joints = 17; // channels of the heatmaps that are used
};

// Node 0 is the input, the only one.
class Graph {
public:
  // Appends a node and infers its shape.  Throws Error("node NAME: ...") for a bad parameter, input id, shape or a name used twice.
  int add(std::string name, Op op, std::vector<int> inputs, std::vector<ParamSpec> params = {});
  int input(std::string name, int h, int w, int c);

  const Node& operator[](int id) const { return nodes_[std::size_t(id)]; }
  int size() const { return int(nodes_.size()); }
  const std::vector<Node>& nodes() const { return nodes_; }
  int find(const std::string& name) const; // -1: no such node

  std::vector<ParamSpec> params() const; // of all nodes, in order
  std::int64_t macs() const;             // multiply-adds for one picture

  std::string title;        // for messages and tables
  std::vector<int> outputs; // heads in order
  std::optional<PoseInput> pose;

private:
  std::vector<Node> nodes_;
  std::map<std::string, int> index_; // name -> id
};

// "conv2d", ...
const char* op_name_of(const Op& op);
// Multiply-adds of one node.
std::int64_t macs_of(const Graph& graph, const Node& node);

} // namespace pose
