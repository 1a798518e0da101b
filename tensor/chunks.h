// Chunks: the dense form of a map, a few channel planes at a time, so that no caller needs a second copy of the whole map.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstdint>
#include <vector>

namespace pose {

// Elements [first, first + count) of a map's dense form.  For maps, they are channels [channel, channel + channels) of image n in [n, c, h, w].  For
// rows, they are any range of [n, boxes, attributes].
struct Chunk {
  int n = 0, channel = 0, channels = 0; // unused for rows
  std::int64_t first = 0, count = 0;
};

// Maximum number of elements of a chunk, unless one plane is larger.
inline constexpr std::int64_t kChunkFloats = 1 << 20;

// Returns chunks that cover all elements of a map in order, without gap or overlap.
std::vector<Chunk> chunks_of(const Shape& shape, bool rows);
// Returns the same for `count` elements that have no planes.
std::vector<Chunk> chunks_of(std::int64_t count);

// Copies the elements of a chunk of the map to `to`.  `rows` selects the dense form that `chunk` counts in.
void get_chunk(View<const float> map, bool rows, const Chunk& chunk, float* to);
// Copies them back.  Writes neither halo nor padding lanes.
void set_chunk(View<float> map, bool rows, const Chunk& chunk, const float* from);

} // namespace pose
