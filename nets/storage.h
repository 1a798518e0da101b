// Storage: the memory of every value of a graph: layouts, halos, buffer aliasing, offsets in one arena.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/buffer_aliasing.h"

#include <vector>

namespace pose {

// Returns the next size at which an aligned value can follow (kAlignment).
std::int64_t align_up(std::int64_t floats);

struct StorageOptions {
  int batch = 1;
  bool keep_all = false;     // no memory is reused
  bool alias_buffers = true; // values may be part of others
};

struct Storage {
  // By node id: shape (n = batch), strides and halo; data is null.  `origin` is the offset of pixel (0, 0) in the arena, in floats.
  std::vector<View<float>> views;
  std::vector<std::int64_t> origin;
  BufferAliasing aliasing;
  // By node id: offset of its step's scratch memory.
  std::vector<std::int64_t> scratch;
  // By node id: the floats [begin, end) whose last use is this step.  Debug builds poison them.
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> dies_after;
  std::int64_t arena_floats = 0;
};

// Chooses layouts, halos and buffer aliasing.
Storage choose_views(const Graph& graph, const StorageOptions& options);

// Assigns offsets to values and scratch.  scratch_floats is by node id.
void lay_out_arena(const Graph& graph, const StorageOptions& options, const std::vector<std::int64_t>& scratch_floats, Storage& storage);

} // namespace pose
