// Cutting maps into planes, and the border to NCHW for one piece.
// SPDX-License-Identifier: MIT
#include "tensor/pieces.h"

#include <algorithm>

namespace pose {
namespace {

// move(number of the map, number of the piece) for all of the piece, row by row: a row of a blocked map stays in the cache for all its channels.
template <class T, class F> void for_each_number(const View<T>& map, const Piece& piece, F move) {
  const Shape& s = map.shape;
  const std::int64_t plane = std::int64_t(s.h) * s.w;
  for (int y = 0; y < s.h; y++) {
    for (int c = 0; c < piece.channels; c++) {
      T* row = &map.at(piece.n, y, 0, piece.channel + c);
      const std::int64_t at = c * plane + std::int64_t(y) * s.w;
      for (int x = 0; x < s.w; x++) move(row[x * map.pixel], at + x);
    }
  }
}

} // namespace

std::vector<Piece> pieces_of(std::int64_t count) {
  std::vector<Piece> pieces;
  for (std::int64_t first = 0; first < count; first += kPieceFloats) pieces.push_back({0, 0, 0, first, std::min(kPieceFloats, count - first)});
  return pieces;
}

std::vector<Piece> pieces_of(const Shape& shape, bool rows) {
  if (rows) return pieces_of(shape.count());
  std::vector<Piece> pieces;
  const std::int64_t plane = std::int64_t(shape.h) * shape.w;
  if (plane == 0) return pieces;
  const int most = int(std::clamp<std::int64_t>(kPieceFloats / plane, 1, kLanes));
  for (int n = 0; n < shape.n; n++) {
    for (int c = 0; c < shape.c;) {
      const int channels = std::min({most, shape.c - c, kLanes - c % kLanes}); // never of two blocks: their rows lie far apart
      pieces.push_back({n, c, channels, (std::int64_t(n) * shape.c + c) * plane, channels * plane});
      c += channels;
    }
  }
  return pieces;
}

void get_piece(View<const float> map, bool rows, const Piece& piece, float* to) {
  if (rows)
    std::copy_n(map.data + piece.first, piece.count, to);
  else
    for_each_number(map, piece, [to](const float& number, std::int64_t at) { to[at] = number; });
}

void set_piece(View<float> map, bool rows, const Piece& piece, const float* from) {
  if (rows)
    std::copy_n(from, piece.count, map.data + piece.first);
  else
    for_each_number(map, piece, [from](float& number, std::int64_t at) { number = from[at]; });
}

} // namespace pose
