// BufferAliasing: which values of a graph are part of others, and memory planning of the rest, for any layout and device.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

#include <utility>
#include <vector>

namespace pose {

// Channels [channel, ...) of value `root`, which owns memory.
struct SubBuffer {
  int root = 0;
  int channel = 0;
};

struct BufferAliasing {
  std::vector<SubBuffer> place; // by node id; most values are their own root
  // By node id: true if there is nothing to compute.  The value is part of another one (a slice, an identity), or its parts were written in place (a
  // concat).
  std::vector<bool> view_only;
};

// Finds the values that need no memory.  Channels are stored in groups of `lanes`.  A concat is free when every part can be written in place: the
// part starts at a multiple of `lanes` channels, and a separate kernel computes it.  A slice of whole groups is free.
BufferAliasing alias_buffers(const Graph& graph, int lanes);
// Returns the result without aliasing: every value is its own root and is computed.
BufferAliasing no_alias(const Graph& graph);

struct Offsets {
  // By node id: offset of the value (of a root), and of the scratch memory of its step.
  std::vector<std::int64_t> value, scratch;
  // By node id: the ranges [begin, end) whose last use is this step.
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> dies_after;
  std::int64_t total = 0;
};

// Plans memory.  Sizes are by node id, in any unit, and multiples of the alignment.  Sizes of values that are not their own root are ignored.
// keep_all: no memory is reused.
Offsets lay_out_values(const Graph& graph, const BufferAliasing& aliasing, const std::vector<std::int64_t>& value_sizes,
                       const std::vector<std::int64_t>& scratch_sizes, bool keep_all);

} // namespace pose
