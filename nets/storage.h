// Storage: which memory every value of a graph gets: layouts, halos, values inside other values, offsets in one arena.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/buffer_aliasing.h"

#include <vector>

namespace pose {

// The next size at which an aligned value can follow (kAlignment).
std::int64_t align_up(std::int64_t floats);

struct StorageOptions {
  int batch = 1;
  bool keep_all = false;     // no memory is reused
  bool alias_buffers = true; // values may lie inside others
};

struct Storage {
  // By node id: shape (n = batch), strides and halo; data is null and `origin` says where pixel (0, 0) lies in the arena, in floats.
  std::vector<View<float>> views;
  std::vector<std::int64_t> origin;
  BufferAliasing nesting;
  // By node id: where its step's scratch lies.
  std::vector<std::int64_t> scratch;
  // By node id: the floats [begin, end) whose last use is this step, for debug builds to poison.
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> dies_after;
  std::int64_t arena_floats = 0;
};

// Layouts, halos and which values lie inside others.
Storage choose_views(const Graph& graph, const StorageOptions& options);

// Offsets for values and scratch; scratch_floats by node id.
void lay_out_arena(const Graph& graph, const StorageOptions& options, const std::vector<std::int64_t>& scratch_floats, Storage& storage);

} // namespace pose
