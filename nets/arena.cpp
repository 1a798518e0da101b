// Implements arena.h: a greedy best-fit memory planner.
// SPDX-License-Identifier: MIT
#include "nets/arena.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace pose {
namespace {

bool live_together(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

// Returns the offset of the smallest gap of at least `size` between `neighbors` (sorted by offset), or the end of the last one.
std::int64_t best_gap(const std::vector<const Lifetime*>& neighbors, std::int64_t size) {
  std::int64_t best = -1, best_room = std::numeric_limits<std::int64_t>::max(), end = 0;
  for (const Lifetime* n : neighbors) {
    const std::int64_t room = n->offset - end;
    if (room >= size && room < best_room) {
      best = end;
      best_room = room;
    }
    end = std::max(end, n->offset + n->size);
  }
  return best >= 0 ? best : end;
}

} // namespace

std::int64_t lay_out(std::vector<Lifetime>& values) {
  std::vector<Lifetime*> by_size;
  for (Lifetime& v : values) by_size.push_back(&v);
  std::stable_sort(by_size.begin(), by_size.end(), [](const Lifetime* a, const Lifetime* b) { return a->size > b->size; });
  std::vector<const Lifetime*> placed; // sorted by offset
  std::int64_t total = 0;
  for (Lifetime* v : by_size) {
    std::vector<const Lifetime*> neighbors;
    std::copy_if(placed.begin(), placed.end(), std::back_inserter(neighbors), [&](const Lifetime* p) { return live_together(*p, *v); });
    v->offset = best_gap(neighbors, v->size);
    total = std::max(total, v->offset + v->size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), v, [](const Lifetime* a, const Lifetime* b) { return a->offset < b->offset; }), v);
  }
  return total;
}

} // namespace pose
