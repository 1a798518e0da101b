// Implements chunks.h: cuts maps into groups of channel planes, and copies one chunk to or from dense NCHW.
// SPDX-License-Identifier: MIT
#include "tensor/chunks.h"

#include <algorithm>

namespace pose {
namespace {

// Calls move(element of the map, index in the chunk) for all elements of the chunk, row by row.  A row of a blocked map stays in the cache for all of
// its channels.
template <class T, class F> void for_each_number(const View<T>& map, const Chunk& chunk, F move) {
  const Shape& s = map.shape;
  const std::int64_t plane = std::int64_t(s.h) * s.w;
  for (int y = 0; y < s.h; y++) {
    for (int c = 0; c < chunk.channels; c++) {
      T* row = &map.at(chunk.n, y, 0, chunk.channel + c);
      const std::int64_t at = c * plane + std::int64_t(y) * s.w;
      for (int x = 0; x < s.w; x++) move(row[x * map.pixel], at + x);
    }
  }
}

} // namespace

std::vector<Chunk> chunks_of(std::int64_t count) {
  std::vector<Chunk> chunks;
  for (std::int64_t first = 0; first < count; first += kChunkFloats) chunks.push_back({0, 0, 0, first, std::min(kChunkFloats, count - first)});
  return chunks;
}

std::vector<Chunk> chunks_of(const Shape& shape, bool rows) {
  if (rows) return chunks_of(shape.count());
  std::vector<Chunk> chunks;
  const std::int64_t plane = std::int64_t(shape.h) * shape.w;
  if (plane == 0) return chunks;
  const int most = int(std::clamp<std::int64_t>(kChunkFloats / plane, 1, kLanes));
  for (int n = 0; n < shape.n; n++) {
    for (int c = 0; c < shape.c;) {
      const int channels = std::min({most, shape.c - c, kLanes - c % kLanes}); // never across two blocks: their rows are far apart
      chunks.push_back({n, c, channels, (std::int64_t(n) * shape.c + c) * plane, channels * plane});
      c += channels;
    }
  }
  return chunks;
}

void get_chunk(View<const float> map, bool rows, const Chunk& chunk, float* to) {
  if (rows)
    std::copy_n(map.data + chunk.first, chunk.count, to);
  else
    for_each_number(map, chunk, [to](const float& number, std::int64_t at) { to[at] = number; });
}

void set_chunk(View<float> map, bool rows, const Chunk& chunk, const float* from) {
  if (rows)
    std::copy_n(from, chunk.count, map.data + chunk.first);
  else
    for_each_number(map, chunk, [from](float& number, std::int64_t at) { number = from[at]; });
}

} // namespace pose
