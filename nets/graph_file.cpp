// Implements graph_file.h.  Strict: every field must be present, of its type and in its range, and no other (docs/graph_format.md).
// SPDX-License-Identifier: MIT
#include "nets/graph_file.h"

#include "nets/fields_json.h"
#include "nets/param_layout.h"
#include "nets/pose_input_json.h"

namespace pose {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kFormat = 1;

template <std::size_t I = 0> Op op_named(const json& name, const std::string& where) {
  if constexpr (I == std::variant_size_v<Op>) {
    fail_value(where, "the name of an op", name);
  } else {
    using P = std::variant_alternative_t<I, Op>;
    return name == op_name<P> ? Op(P{}) : op_named<I + 1>(name, where);
  }
}

std::vector<int> read_ids(JsonObject& from, const char* field_name, const Graph& graph) {
  std::vector<std::string> names;
  read_value(from[field_name], from.at(field_name), names);
  std::vector<int> ids;
  for (const std::string& name : names) {
    ids.push_back(graph.find(name));
    if (ids.back() < 0) fail_value(from.at(field_name), "the name of a node above", name);
  }
  return ids;
}

// Reads the names of the parameters.  Their shapes follow from the op.
std::vector<ParamSpec> read_params(JsonObject& from, const Op& op) {
  std::vector<ParamSpec> specs;
  try {
    specs = param_layout(op);
  } catch (const Error& e) {
    fail("{}: {}", from.where(), e.what());
  }
  std::vector<std::string> names(specs.size());
  read_list(from["params"], from.at("params"), names.size(), names.data());
  for (std::size_t i = 0; i < specs.size(); i++) specs[i].name = names[i];
  return specs;
}

// Checks that the graph has one input, the first node: what a plan can feed.
void expect_place(const Op& op, const Graph& graph, const std::string& where) {
  const Input* input = std::get_if<Input>(&op);
  if ((input != nullptr) != (graph.size() == 0)) fail("{}: expected one input, as the first node, found {}", where, op_name_of(op));
  if (input != nullptr && input->shape.n != 1) fail("{}: shape: n: expected 1, found {}", where, input->shape.n);
}

void read_node(const json& value, const std::string& source, Graph& graph) {
  JsonObject unnamed(value, fmt::format("{}: nodes[{}]", source, graph.size()));
  std::string name;
  read_value(unnamed["name"], unnamed.at("name"), name);
  if (name.empty()) fail("{}: expected a name, found none", unnamed.where());

  JsonObject from(value, fmt::format("{}: node {}", source, name));
  from["name"];
  Op op = op_named(from["op"], from.at("op"));
  std::visit([&](auto& p) { read_fields(from, p); }, op);
  expect_place(op, graph, from.where());
  std::vector<int> inputs = read_ids(from, "inputs", graph);
  std::vector<ParamSpec> params = read_params(from, op);
  from.finish();
  try {
    graph.add(name, op, std::move(inputs), std::move(params));
  } catch (const Error& e) {
    fail("{}: {}", source, e.what());
  }
}

ordered_json json_of_node(const Graph& graph, const Node& node) {
  ordered_json to;
  to["name"] = node.name;
  to["op"] = op_name_of(node.op);
  to["inputs"] = ordered_json::array();
  for (int id : node.inputs) to["inputs"].push_back(graph[id].name);
  to["params"] = ordered_json::array();
  for (const ParamSpec& spec : node.params) to["params"].push_back(spec.name);
  std::visit([&](const auto& p) { write_fields(p, to); }, node.op);
  return to;
}

} // namespace

Graph parse_graph_json(const std::string& text, const std::string& source) {
  const json root = parse_strict_json(text, source);
  JsonObject from(root, source);
  int format = 0;
  read_value(from["format"], from.at("format"), format);
  if (format != kFormat) fail("{}: expected {}, found {}", from.at("format"), kFormat, format);

  Graph graph;
  const json& nodes = from["nodes"];
  if (!nodes.is_array() || nodes.empty()) fail_value(from.at("nodes"), "a list of nodes", nodes);
  for (const json& node : nodes) read_node(node, source, graph);
  read_value(from["title"], from.at("title"), graph.title); // after the nodes, whose messages start with the source
  graph.outputs = read_ids(from, "outputs", graph);
  if (graph.outputs.empty()) fail("{}: expected at least one name, found none", from.at("outputs"));
  const json& pose = from["pose"];
  if (!pose.is_null()) graph.pose = read_pose(pose, from.at("pose"), graph[graph.outputs[0]].shape.c);
  from.finish();
  return graph;
}

std::string to_json(const Graph& graph) {
  ordered_json root;
  root["format"] = kFormat;
  root["title"] = graph.title;
  root["nodes"] = ordered_json::array();
  for (const Node& node : graph.nodes()) root["nodes"].push_back(json_of_node(graph, node));
  root["outputs"] = ordered_json::array();
  for (int id : graph.outputs) root["outputs"].push_back(graph[id].name);
  root["pose"] = graph.pose ? json_of_pose(*graph.pose) : ordered_json();
  return root.dump(-1, ' ', false, ordered_json::error_handler_t::replace); // a title may be a path with arbitrary bytes
}

} // namespace pose
