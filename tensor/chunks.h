// Pieces: a map as the numbers of its dense form, a few planes at a time, so that nobody needs a second copy of it.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstdint>
#include <vector>

namespace pose {

// Numbers [first, first + count) of a map's dense form: channels [channel, channel + channels) of picture n in [n, c, h, w], or for rows any
// stretch of [n, boxes, attributes].
struct Chunk {
  int n = 0, channel = 0, channels = 0; // not of rows
  std::int64_t first = 0, count = 0;
};

// Most numbers of a piece, unless one plane is larger.
inline constexpr std::int64_t kChunkFloats = 1 << 20;

// All of a map's numbers in order, without gap or overlap.
std::vector<Chunk> chunks_of(const Shape& shape, bool rows);
// The same of `count` numbers that have no planes.
std::vector<Chunk> chunks_of(std::int64_t count);

// The numbers of a piece of the map; rows says which dense form `piece` counts in.
void get_chunk(View<const float> map, bool rows, const Chunk& chunk, float* to);
// Writes neither halo nor padding lanes.
void set_chunk(View<float> map, bool rows, const Chunk& chunk, const float* from);

} // namespace pose
