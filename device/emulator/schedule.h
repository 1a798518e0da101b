// Schedule: the order in which the emulated device runs what a GPU runs in parallel.  A correct kernel gives the same result for every order.
// SPDX-License-Identifier: MIT
#pragma once

namespace simt {

struct Schedule {
  unsigned seed = 0;           // threads and blocks: 0 ascending, 1 descending, else random; each thread runs as far ahead as it can
  bool early_copies = false;   // asynchronous copies happen when they are issued (true), or only when a thread waits for them
  bool early_products = false; // the same for wgmma
};
inline constexpr Schedule kSchedules[] = {{0, false, false}, {1, true, true}, {2, false, true}, {3, true, false}};

// Sets the schedule of kernels launched from now on.  Does nothing on a GPU, which has its own order.
void use(const Schedule& schedule);

} // namespace simt
