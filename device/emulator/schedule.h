// Schedule: in which order the emulated device does what a GPU does at once.  Any order is legal, so a correct kernel gives the same answer for each.
// SPDX-License-Identifier: MIT
#pragma once

namespace simt {

struct Schedule {
  unsigned seed = 0;           // threads and blocks: 0 ascending, 1 descending, else random; each thread runs as far ahead as it can
  bool early_copies = false;   // asynchronous copies happen when they are issued (true), or only when they are waited for
  bool early_products = false; // so does wgmma
};
inline constexpr Schedule kSchedules[] = {{0, false, false}, {1, true, true}, {2, false, true}, {3, true, false}};

// For the kernels that are launched from now on.  A GPU has its own order: there it does nothing.
void use(const Schedule& schedule);

} // namespace simt
