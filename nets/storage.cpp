// Choosing views and laying them out.
// SPDX-License-Identifier: MIT
#include "nets/storage.h"

#include "nets/arena.h"

#include <algorithm>

namespace pose {
namespace {

constexpr int kNone = -1;

// Value `id` is channels [channel, ...) of value `parent`.
struct Place {
  int parent = kNone;
  int channel = 0;
};

template <class P> const P* as(const Graph& graph, int id) {
  return std::get_if<P>(&graph[id].op);
}

// Channels [begin, begin + count) of a map with c channels are a view of it: whole blocks, the last one may be cut where the map ends.
bool is_block_range(int begin, int count, int c) {
  return begin % kLanes == 0 && (count % kLanes == 0 || begin + count == c);
}

// A slice or an identity of its input, if it needs no copy.
Place alias_of(const Graph& graph, int id) {
  const Node& node = graph[id];
  if (as<Concat>(graph, id) != nullptr && node.inputs.size() == 1) return {node.inputs[0], 0};
  const Slice* slice = as<Slice>(graph, id);
  if (slice != nullptr && is_block_range(slice->begin, slice->count, graph[node.inputs[0]].shape.c)) return {node.inputs[0], slice->begin};
  return {};
}

// Places all parts of concat `id` inside it, or none.
void place_parts(const Graph& graph, int id, std::vector<Place>& places) {
  const Node& node = graph[id];
  std::vector<int> seen;
  int channel = 0;
  for (int part : node.inputs) {
    const bool taken = places[std::size_t(part)].parent != kNone || std::count(seen.begin(), seen.end(), part) > 0;
    if (taken || as<Input>(graph, part) != nullptr || !is_block_range(channel, graph[part].shape.c, node.shape.c)) return;
    seen.push_back(part);
    channel += graph[part].shape.c;
  }
  channel = 0;
  for (int part : node.inputs) {
    places[std::size_t(part)] = {id, channel};
    channel += graph[part].shape.c;
  }
}

int halo_for(const Op& op) {
  const Conv2d* conv = std::get_if<Conv2d>(&op);
  return conv == nullptr ? 0 : std::max({conv->pad_top, conv->pad_left, conv->pad_bottom, conv->pad_right});
}

// The value that owns the memory of `id`, and the channel of it at which `id` starts.
Place root_of(const std::vector<Place>& places, int id) {
  Place p{id, 0};
  for (Place up = places[std::size_t(id)]; up.parent != kNone; up = places[std::size_t(up.parent)]) {
    p.parent = up.parent;
    p.channel += up.channel;
  }
  return p;
}

// A graph input with few channels stays compact when only convolutions read it.
bool stays_compact(const Graph& graph, int id) {
  if (as<Input>(graph, id) == nullptr || graph[id].shape.c >= kLanes) return false;
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
  storage.views.resize(count);
  storage.root.resize(count);
  storage.origin.assign(count, 0);
  storage.view_only.assign(count, false);
  std::vector<Place> places(count);
  for (int id = 0; id < graph.size(); id++) places[std::size_t(id)] = alias_of(graph, id);
  for (int id = 0; id < graph.size(); id++) {
    if (places[std::size_t(id)].parent != kNone) storage.view_only[std::size_t(id)] = true;
  }
  for (int id = graph.size() - 1; id >= 0; id--) { // outer concats first, so that inner ones can lie inside them
    if (as<Concat>(graph, id) == nullptr || storage.view_only[std::size_t(id)]) continue;
    place_parts(graph, id, places);
    storage.view_only[std::size_t(id)] = places[std::size_t(graph[id].inputs[0])].parent == id;
  }
  std::vector<int> halo(count, 0);
  for (const Node& node : graph.nodes()) {
    if (node.inputs.empty()) continue;
    int& h = halo[std::size_t(root_of(places, node.inputs[0]).parent)];
    h = std::max(h, halo_for(node.op));
  }
  for (int id = 0; id < graph.size(); id++) {
    const Place place = root_of(places, id);
    const std::size_t root = std::size_t(place.parent);
    Shape shape = graph[place.parent].shape;
    shape.n = options.batch;
    const bool rows = as<YoloHead>(graph, place.parent) != nullptr;
    const Layout layout = rows ? Layout::rows : stays_compact(graph, place.parent) ? Layout::compact : Layout::blocked;
    View<float>& view = storage.views[std::size_t(id)];
    view = layout_of(shape, layout, halo[root]);
    view.shape.c = graph[id].shape.c;
    storage.root[std::size_t(id)] = place.parent;
    storage.origin[std::size_t(id)] = origin_of(view) + place.channel / kLanes * view.block;
  }
  return storage;
}

void lay_out_arena(const Graph& graph, const StorageOptions& options, const std::vector<std::int64_t>& scratch_floats, Storage& storage) {
  const int count = graph.size(), end = options.keep_all ? count : 0;
  std::vector<Lifetime> lives(std::size_t(count) * 2, {0, count, -1, 0}); // values, then scratch; nobody's last step is -1
  const auto use = [&](int id, int step) {
    Lifetime& life = lives[std::size_t(storage.root[std::size_t(id)])];
    life.first = std::min(life.first, options.keep_all ? 0 : step);
    life.last = std::max({life.last, step, end});
  };
  for (int id = 0; id < count; id++) {
    use(id, as<Input>(graph, id) != nullptr ? 0 : id); // the caller fills inputs before the first step
    for (int in : graph[id].inputs) use(in, id);
    lives[std::size_t(count + id)] = {align_up(scratch_floats[std::size_t(id)]), id, id, 0};
  }
  for (int id : graph.outputs) use(id, count);
  for (int id = 0; id < count; id++) {
    const std::size_t i = std::size_t(id);
    if (storage.root[i] == id) lives[i].size = align_up(floats_of(storage.views[i]));
  }
  storage.arena_floats = lay_out(lives);
  storage.scratch.resize(std::size_t(count));
  storage.dies_after.resize(std::size_t(count));
  for (int id = 0; id < count; id++) {
    const std::size_t i = std::size_t(id);
    storage.origin[i] += lives[std::size_t(storage.root[i])].offset;
    storage.scratch[i] = lives[std::size_t(count) + i].offset;
    if (lives[i].size > 0 && lives[i].last < count) {
      storage.dies_after[std::size_t(lives[i].last)].push_back({lives[i].offset, lives[i].offset + lives[i].size});
    }
  }
}

} // namespace pose
