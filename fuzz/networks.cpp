// Networks as text: Darknet's cfg, graphs and tuning files as JSON.
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"
#include "nets/darknet_cfg.h"
#include "nets/graph_file.h"
#include "nets/tuning.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

std::string read_cfg(View bytes) {
  const Graph graph = parse_darknet_cfg_text(as_text(bytes), "input", {});
  return fmt::format("{} nodes {} parameters", graph.size(), darknet_file_order(graph).size());
}

// What was read must be written and read again.
std::string read_graph(View bytes) {
  const std::string text = to_json(parse_graph_json(as_text(bytes), "input"));
  if (to_json(parse_graph_json(text, "input")) != text) throw std::logic_error("expected the same graph after writing and reading");
  return text;
}

std::string read_tuning(View bytes) {
  return to_json(parse_tuning(as_text(bytes), "input"));
}

constexpr MemoryBound kMemory{256 << 10, 2048};
const Registration cfg({"cfg", kMemory, read_cfg});
const Registration graph({"graph", kMemory, read_graph, edit_json});
const Registration tuning({"tuning", kMemory, read_tuning, edit_json});

} // namespace
} // namespace pose::fuzz
