// Implements storage.h: layouts, halos and offsets of values.
// SPDX-License-Identifier: MIT
#include "nets/storage.h"

#include <algorithm>

namespace pose {
namespace {

int halo_for(const Op& op) {
  const Conv2d* conv = std::get_if<Conv2d>(&op);
  return conv == nullptr ? 0 : std::max({conv->pad_top, conv->pad_left, conv->pad_bottom, conv->pad_right});
}

// Returns whether graph input `id` has few channels and only convolutions read it.  It then stays compact.
bool stays_compact(const Graph& graph, int id) {
  if (op_as<Input>(graph, id) == nullptr || graph[id].shape.c >= kLanes) return false;
  for (const Node& user : graph.nodes()) {
    const bool reads = std::count(user.inputs.begin(), user.inputs.end(), id) > 0;
    const Conv2d* conv = std::get_if<Conv2d>(&user.op);
    if (reads && (conv == nullptr || conv->groups != 1 || user.inputs[0] != id || (conv->residual && user.inputs[1] == id))) return false;
  }
  return true;
}

} // namespace

std::int64_t align_up(std::int64_t floats) {
  constexpr std::int64_t kAlignFloats = kAlignment / std::int64_t(sizeof(float));
  return (floats + kAlignFloats - 1) / kAlignFloats * kAlignFloats;
}

Storage choose_views(const Graph& graph, const StorageOptions& options) {
  const std::size_t count = std::size_t(graph.size());
  Storage storage;
  storage.aliasing = options.alias_buffers ? alias_buffers(graph, kLanes) : no_alias(graph);
  storage.views.resize(count);
  storage.origin.assign(count, 0);
  std::vector<int> halo(count, 0);
  for (const Node& node : graph.nodes()) {
    if (node.inputs.empty()) continue;
    int& h = halo[std::size_t(storage.aliasing.place[std::size_t(node.inputs[0])].root)];
    h = std::max(h, halo_for(node.op));
  }
  for (int id = 0; id < graph.size(); id++) {
    const SubBuffer place = storage.aliasing.place[std::size_t(id)];
    Shape shape = graph[place.root].shape;
    shape.n = options.batch;
    const bool rows = op_as<YoloHead>(graph, place.root) != nullptr;
    const Layout layout = rows ? Layout::rows : stays_compact(graph, place.root) ? Layout::compact : Layout::blocked;
    View<float>& view = storage.views[std::size_t(id)];
    view = layout_of(shape, layout, halo[std::size_t(place.root)]);
    view.shape.c = graph[id].shape.c;
    storage.origin[std::size_t(id)] = origin_of(view) + place.channel / kLanes * view.block;
  }
  return storage;
}

void lay_out_arena(const Graph& graph, const StorageOptions& options, const std::vector<std::int64_t>& scratch_floats, Storage& storage) {
  std::vector<std::int64_t> values, scratch;
  for (const View<float>& v : storage.views) values.push_back(align_up(floats_of(v)));
  for (std::int64_t floats : scratch_floats) scratch.push_back(align_up(floats));
  Offsets offsets = lay_out_values(graph, storage.aliasing, values, scratch, options.keep_all);
  for (std::size_t i = 0; i < storage.origin.size(); i++) storage.origin[i] += offsets.value[std::size_t(storage.aliasing.place[i].root)];
  storage.scratch = std::move(offsets.scratch);
  storage.dies_after = std::move(offsets.dies_after);
  storage.arena_floats = offsets.total;
}

} // namespace pose
