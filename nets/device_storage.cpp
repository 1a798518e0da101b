// Implements device_storage.h: element types, pitches and offsets of device maps.
// SPDX-License-Identifier: MIT
#include "nets/device_storage.h"

namespace pose {
namespace {

// Returns the values that stay f32: only a YOLO head or the caller reads them.
std::vector<bool> wide_values(const Graph& graph, const BufferAliasing& aliasing) {
  std::vector<bool> wide(std::size_t(graph.size()), false), narrow(wide);
  for (int id : graph.outputs) wide[std::size_t(id)] = true;
  for (int id = 0; id < graph.size(); id++) {
    for (int in : graph[id].inputs) (is_yolo_output(graph[id]) ? wide : narrow)[std::size_t(in)] = true;
    if (aliasing.view_only[std::size_t(id)] || aliasing.place[std::size_t(id)].root != id) narrow[std::size_t(id)] = true;
  }
  for (std::size_t i = 0; i < wide.size(); i++) wide[i] = wide[i] && !narrow[i];
  return wide;
}

} // namespace

std::int64_t device_align_up(std::int64_t bytes) {
  return (bytes + kDeviceAlignment - 1) / kDeviceAlignment * kDeviceAlignment;
}

DeviceStorage choose_maps(const Graph& graph, Precision precision, int batch, bool aliased) {
  DeviceStorage storage;
  storage.aliasing = aliased ? alias_buffers(graph, kDeviceLanes) : no_alias(graph);
  const std::vector<bool> wide = wide_values(graph, storage.aliasing);
  for (int id = 0; id < graph.size(); id++) {
    const int root = storage.aliasing.place[std::size_t(id)].root;
    const bool f32 = precision != Precision::fp16 || is_yolo_output(graph[root]) || wide[std::size_t(root)];
    DeviceMap map;
    map.shape = graph[id].shape;
    map.shape.n = batch;
    map.pitch = is_yolo_output(graph[root]) ? graph[root].shape.c : device_lanes(graph[root].shape.c);
    map.element = f32 ? Element::f32 : Element::f16;
    storage.maps.push_back(map);
  }
  return storage;
}

void lay_out_device(const Graph& graph, bool keep_all, const std::vector<std::int64_t>& scratch_bytes, DeviceStorage& storage) {
  std::vector<std::int64_t> values, scratch;
  for (const DeviceMap& m : storage.maps) values.push_back(device_align_up(m.pixels() * m.pitch * bytes_of(m.element)));
  for (std::int64_t bytes : scratch_bytes) scratch.push_back(device_align_up(bytes));
  Offsets offsets = lay_out_values(graph, storage.aliasing, values, scratch, keep_all);
  storage.offset.clear();
  for (std::size_t i = 0; i < storage.maps.size(); i++) {
    const SubBuffer place = storage.aliasing.place[i];
    storage.offset.push_back(offsets.value[std::size_t(place.root)] + std::int64_t(place.channel) * bytes_of(storage.maps[i].element));
  }
  storage.scratch = std::move(offsets.scratch);
  storage.arena_bytes = offsets.total;
}

} // namespace pose
