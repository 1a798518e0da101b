// BufferAliasing: which values of a graph lie inside others, and how the memory of the rest is laid out; the same for any layout and machine.
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
  // By node id: nothing to compute, the value lies inside another one (a slice, an identity) or was written there piece by piece (a concat).
  std::vector<bool> view_only;
};

// Channels are stored in groups of `lanes`.  A concat costs nothing when every part can be written in its place: it starts at a multiple of
// `lanes` channels and is computed by a kernel of its own.  A slice of whole groups costs nothing.
BufferAliasing alias_buffers(const Graph& graph, int lanes);
// Every value is its own root and is computed.
BufferAliasing no_alias(const Graph& graph);

struct Offsets {
  // By node id: where the value (of a root) and the scratch of its step begin.
  std::vector<std::int64_t> value, scratch;
  // By node id: the ranges [begin, end) whose last use is this step.
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> dies_after;
  std::int64_t total = 0;
};

// Sizes by node id, in any unit, multiples of the alignment; those of values that are not their own root are not read.
// keep_all: no memory is reused.
Offsets lay_out_values(const Graph& graph, const BufferAliasing& nesting, const std::vector<std::int64_t>& value_sizes,
                       const std::vector<std::int64_t>& scratch_sizes, bool keep_all);

} // namespace pose
