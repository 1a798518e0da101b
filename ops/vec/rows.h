// for_each_row: distributes the rows of blocked maps to threads.  Included by ISA-specific files only.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/kernel.h"

namespace pose {

inline constexpr int kTileFloats = 8192; // of the map, per tile: a tile takes some microseconds and its data fits in L1

// Calls f(n, block, y, worker) once for every row of every block of a map of shape s; a tile has several rows.
template <class F> POSE_INLINE void for_each_row(Pool& pool, const Shape& s, F& f) {
  const std::int64_t rows = std::int64_t(s.n) * s.blocks() * s.h;
  const std::int64_t per_tile = s.w * kLanes >= kTileFloats ? 1 : kTileFloats / (s.w * kLanes);
  auto tile = [&f, &s, rows, per_tile](std::int64_t t, int worker) {
    const std::int64_t end = (t + 1) * per_tile < rows ? (t + 1) * per_tile : rows;
    for (std::int64_t r = t * per_tile; r < end; r++) {
      const std::int64_t plane = r / s.h;
      f(int(plane / s.blocks()), int(plane % s.blocks()), int(r % s.h), worker);
    }
  };
  parallel_for(pool, (rows + per_tile - 1) / per_tile, tile);
}

} // namespace pose
