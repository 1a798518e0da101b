// Implements tuning.h: reads and writes tuning files.
// SPDX-License-Identifier: MIT
#include "nets/tuning.h"

#include "nets/strict_json.h"
#include "tensor/error.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace pose {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string text_of(const TunedNet& net) {
  return fmt::format("{} with input {}x{}x{} for {}", net.title, net.input[0], net.input[1], net.input[2], name_of(net.target));
}

bool same_key(const TunedNet& a, const TunedNet& b) {
  return a.title == b.title && std::equal(a.input, a.input + 3, b.input) && a.target == b.target;
}

const json& list_of(const json& value, const std::string& where) {
  if (!value.is_array()) fail_value(where, "a list", value);
  return value;
}

TunedNode read_node(const json& value, const std::string& where) {
  JsonObject from(value, where);
  TunedNode node;
  read_value(from["name"], from.at("name"), node.name);
  read_value(from["kernel"], from.at("kernel"), node.kernel);
  const json& ms = from["ms"];
  if (!ms.is_object()) fail_value(from.at("ms"), "an object", ms);
  for (const auto& item : ms.items()) {
    float& time = node.ms[item.key()];
    read_value(item.value(), from.at("ms: " + item.key()), time);
    if (time < 0) fail_value(from.at("ms: " + item.key()), "a time, at least 0", item.value());
  }
  from.finish();
  return node;
}

Target read_target(const json& value, const std::string& where) {
  std::string name;
  read_value(value, where, name);
  try {
    return parse_target(name);
  } catch (const Error& e) {
    fail("{}: {}", where, e.what());
  }
}

TunedNet read_net(const json& value, const std::string& where) {
  JsonObject from(value, where);
  TunedNet net;
  read_value(from["title"], from.at("title"), net.title);
  read_list(from["input"], from.at("input"), 3, net.input);
  net.target = read_target(from["target"], from.at("target"));
  read_value(from["threads"], from.at("threads"), net.threads);
  std::set<std::string> names;
  for (const json& node : list_of(from["nodes"], from.at("nodes"))) {
    const std::string place = from.at(fmt::format("nodes[{}]", net.nodes.size()));
    TunedNode read = read_node(node, place);
    if (!names.insert(read.name).second) fail("{}: expected each node once, found {} twice", place, read.name);
    net.nodes.push_back(std::move(read));
  }
  from.finish();
  return net;
}

ordered_json json_of(const TunedNet& net) {
  ordered_json to = {{"title", net.title}, {"input", net.input}, {"target", name_of(net.target)}, {"threads", net.threads}};
  to["nodes"] = ordered_json::array();
  for (const TunedNode& node : net.nodes) {
    ordered_json ms = ordered_json::object();
    for (const auto& [kernel, time] : node.ms) ms[kernel] = std::round(double(time) * 1e4) / 1e4; // a tenth of a microsecond
    to["nodes"].push_back({{"name", node.name}, {"kernel", node.kernel}, {"ms", ms}});
  }
  return to;
}

} // namespace

Tuning parse_tuning(const std::string& text, const std::string& source) {
  const json root = parse_strict_json(text, source);
  JsonObject from(root, source);
  int format = 0;
  read_value(from["format"], from.at("format"), format);
  if (format != kFormat) fail("{}: expected {}, found {}", from.at("format"), kFormat, format);
  Tuning tuning{source, {}};
  for (const json& value : list_of(from["nets"], from.at("nets"))) {
    const std::string place = from.at(fmt::format("nets[{}]", tuning.nets.size()));
    TunedNet net = read_net(value, place);
    const bool twice = std::any_of(tuning.nets.begin(), tuning.nets.end(), [&](const TunedNet& n) { return same_key(n, net); });
    if (twice) fail("{}: expected each net once, found {} twice", place, text_of(net));
    tuning.nets.push_back(std::move(net));
  }
  from.finish();
  return tuning;
}

std::string to_json(const Tuning& tuning) {
  ordered_json root = {{"format", kFormat}, {"nets", ordered_json::array()}};
  for (const TunedNet& net : tuning.nets) root["nets"].push_back(json_of(net));
  return root.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n"; // a title may be a path with arbitrary bytes
}

void put(Tuning& tuning, TunedNet net) {
  const auto old = std::find_if(tuning.nets.begin(), tuning.nets.end(), [&](const TunedNet& n) { return same_key(n, net); });
  if (old != tuning.nets.end())
    *old = std::move(net);
  else
    tuning.nets.push_back(std::move(net));
}

KernelChoices choices_for(const Tuning& tuning, const Graph& graph, Target target) {
  const Shape& s = graph[0].shape;
  const TunedNet wanted{graph.title, {s.c, s.h, s.w}, target, 1, {}};
  for (const TunedNet& net : tuning.nets) {
    if (!same_key(net, wanted)) continue;
    KernelChoices choices;
    choices.source = tuning.source;
    for (const TunedNode& node : net.nodes) choices.kernel_of[node.name] = node.kernel;
    return choices;
  }
  fail("{}: expected an entry for {}, found none", tuning.source, text_of(wanted));
}

} // namespace pose
