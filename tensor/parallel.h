// Pool: a fixed set of threads that take small tiles from an atomic counter.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstdint>

#include <sys/types.h>

namespace pose {

// Runs one job at a time; the calling thread works, too.  An atomic counter hands out tiles one by one, so a preempted thread delays only its own
// tile.  Waiting threads spin briefly, then sleep.
// Thread safety: one thread at a time may call for_each.  Different pools are independent.
// After fork(), the child has no workers.  It may destroy a pool of its parent, whose memory then stays allocated.
class Pool {
public:
  using Tile = void (*)(void* context, std::int64_t tile, int worker) noexcept;

  explicit Pool(int threads); // >= 1; 1 starts no thread
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  POSE_INLINE int threads() const { return threads_; }

  // Calls tile(context, i, worker) for every i in [0, tiles), with worker in [0, threads()).  Returns when all calls have returned.
  void for_each(std::int64_t tiles, Tile tile, void* context);

private:
  struct State;
  State* state_;
  int threads_;
  pid_t process_; // where the workers are
};

// Returns the number of CPUs this process may run on (its CPU affinity), at least 1.
int available_threads();

// Runs for_each over a callable f(std::int64_t tile, int worker), which must not throw.
template <class F> POSE_INLINE void parallel_for(Pool& pool, std::int64_t tiles, F& f) {
  pool.for_each(
      tiles, [](void* context, std::int64_t tile, int worker) noexcept { (*static_cast<F*>(context))(tile, worker); }, &f);
}

} // namespace pose
