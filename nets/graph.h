// Graph: a network as data, whatever its source (Darknet cfg, builder, safetensors metadata).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/pose_input.h"
#include "ops/ops.h"
#include "weights/store.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pose {

// An op and the value it computes.  Its index in the graph is the value's id.
struct Node {
  std::string name; // unique; the original's module name where there is one
  Op op;
  std::vector<int> inputs;       // ids of earlier nodes
  std::vector<ParamSpec> params; // in the order of the op's header
  Shape shape;                   // of the result, n = 1
};

// Returns whether the value is rows of boxes and attributes instead of a map.
inline bool is_yolo_output(const Node& node) {
  return std::holds_alternative<YoloHead>(node.op);
}

// A graph has one input: node 0.
class Graph {
public:
  // Appends a node and infers its shape.  Throws Error("node NAME: ...") for a bad parameter, input id or shape, or a name used twice.
  int add(std::string name, Op op, std::vector<int> inputs, std::vector<ParamSpec> params = {});
  int input(std::string name, int h, int w, int c);

  const Node& operator[](int id) const { return nodes_[std::size_t(id)]; }
  int size() const { return int(nodes_.size()); }
  const std::vector<Node>& nodes() const { return nodes_; }
  int find(const std::string& name) const; // -1: no such node

  std::vector<ParamSpec> params() const; // of all nodes, in order
  std::int64_t macs() const;             // multiply-adds for one image

  std::string title;        // for messages and tables
  std::vector<int> outputs; // YOLO heads, or other outputs, in order
  std::optional<PoseInput> pose;
  std::vector<int> class_parents; // of a detector whose classes are a tree: the parent of each, -1: none; empty: no tree
  float diou_beta = 0;            // of a detector: exponent of its NMS by distance-IoU; 0: NMS by IoU

private:
  std::vector<Node> nodes_;
  std::map<std::string, int> index_; // name -> id
};

// Returns the name of an op: "conv2d", ...
const char* op_name_of(const Op& op);
// Returns the multiply-adds of one node.
std::int64_t macs_of(const Graph& graph, const Node& node);

// Returns the op of node `id` if it is a P, else null.
template <class P> const P* op_as(const Graph& graph, int id) {
  return std::get_if<P>(&graph[id].op);
}

} // namespace pose
