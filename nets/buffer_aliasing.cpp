// Implements buffer_aliasing.h: finds values that are part of other values, and assigns memory to the rest.
// SPDX-License-Identifier: MIT
#include "nets/buffer_aliasing.h"

#include "nets/arena.h"

#include <algorithm>

namespace pose {
namespace {

constexpr int kNone = -1;

// Value `id` is channels [channel, ...) of value `parent`.
struct Link {
  int parent = kNone;
  int channel = 0;
};

// Returns whether channels [begin, begin + count) of a map with c channels are a view of it: whole groups, of which the last may be cut at the end of
// the map.
bool is_group_range(int begin, int count, int c, int lanes) {
  return begin % lanes == 0 && (count % lanes == 0 || begin + count == c);
}

// Returns the link of a slice or an identity to its input, if no copy is needed.
Link alias_of(const Graph& graph, int id, int lanes) {
  const Node& node = graph[id];
  if (op_as<Concat>(graph, id) != nullptr && node.inputs.size() == 1) return {node.inputs[0], 0};
  const Slice* slice = op_as<Slice>(graph, id);
  if (slice != nullptr && is_group_range(slice->begin, slice->count, graph[node.inputs[0]].shape.c, lanes)) return {node.inputs[0], slice->begin};
  return {};
}

// Links all parts of concat `id` to it, or none.
void place_parts(const Graph& graph, int id, int lanes, std::vector<Link>& up) {
  const Node& node = graph[id];
  std::vector<int> seen;
  int channel = 0;
  for (int part : node.inputs) {
    const bool taken = up[std::size_t(part)].parent != kNone || std::count(seen.begin(), seen.end(), part) > 0;
    if (taken || op_as<Input>(graph, part) != nullptr || !is_group_range(channel, graph[part].shape.c, node.shape.c, lanes)) return;
    seen.push_back(part);
    channel += graph[part].shape.c;
  }
  channel = 0;
  for (int part : node.inputs) {
    up[std::size_t(part)] = {id, channel};
    channel += graph[part].shape.c;
  }
}

SubBuffer root_of(const std::vector<Link>& up, int id) {
  SubBuffer p{id, 0};
  for (Link s = up[std::size_t(id)]; s.parent != kNone; s = up[std::size_t(s.parent)]) {
    p.root = s.parent;
    p.channel += s.channel;
  }
  return p;
}

} // namespace

BufferAliasing alias_buffers(const Graph& graph, int lanes) {
  const std::size_t count = std::size_t(graph.size());
  BufferAliasing aliasing;
  aliasing.view_only.assign(count, false);
  std::vector<Link> up(count);
  for (int id = 0; id < graph.size(); id++) {
    up[std::size_t(id)] = alias_of(graph, id, lanes);
    if (up[std::size_t(id)].parent != kNone) aliasing.view_only[std::size_t(id)] = true;
  }
  for (int id = graph.size() - 1; id >= 0; id--) { // outer concats first, so that inner ones can be placed inside them
    if (op_as<Concat>(graph, id) == nullptr || aliasing.view_only[std::size_t(id)]) continue;
    place_parts(graph, id, lanes, up);
    aliasing.view_only[std::size_t(id)] = up[std::size_t(graph[id].inputs[0])].parent == id;
  }
  for (int id = 0; id < graph.size(); id++) aliasing.place.push_back(root_of(up, id));
  return aliasing;
}

BufferAliasing no_alias(const Graph& graph) {
  BufferAliasing aliasing;
  aliasing.view_only.assign(std::size_t(graph.size()), false);
  for (int id = 0; id < graph.size(); id++) aliasing.place.push_back({id, 0});
  return aliasing;
}

Offsets lay_out_values(const Graph& graph, const BufferAliasing& aliasing, const std::vector<std::int64_t>& value_sizes,
                       const std::vector<std::int64_t>& scratch_sizes, bool keep_all) {
  const int count = graph.size(), end = keep_all ? count : 0;
  std::vector<Lifetime> lives(std::size_t(count) * 2, {0, count, -1, 0}); // values, then scratch; -1: no last step yet
  const auto use = [&](int id, int step) {
    Lifetime& life = lives[std::size_t(aliasing.place[std::size_t(id)].root)];
    life.first = std::min(life.first, keep_all ? 0 : step);
    life.last = std::max({life.last, step, end});
  };
  for (int id = 0; id < count; id++) {
    use(id, op_as<Input>(graph, id) != nullptr ? 0 : id); // the caller fills inputs before the first step
    for (int in : graph[id].inputs) use(in, id);
    lives[std::size_t(count + id)] = {scratch_sizes[std::size_t(id)], id, id, 0};
  }
  for (int id : graph.outputs) use(id, count);
  for (int id = 0; id < count; id++) {
    if (aliasing.place[std::size_t(id)].root == id) lives[std::size_t(id)].size = value_sizes[std::size_t(id)];
  }
  Offsets offsets;
  offsets.total = lay_out(lives);
  offsets.dies_after.resize(std::size_t(count));
  for (int id = 0; id < count; id++) {
    const Lifetime& value = lives[std::size_t(id)];
    offsets.value.push_back(value.offset);
    offsets.scratch.push_back(lives[std::size_t(count + id)].offset);
    if (value.size > 0 && value.last < count) offsets.dies_after[std::size_t(value.last)].push_back({value.offset, value.offset + value.size});
  }
  return offsets;
}

} // namespace pose
