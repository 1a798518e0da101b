// Arena memory planner: offsets in one block of memory for values with known lifetimes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace pose {

// A value whose memory is in use from step `first` to step `last`, both included.
struct Lifetime {
  std::int64_t size = 0; // any unit
  int first = 0, last = 0;
  std::int64_t offset = 0; // set by lay_out()
};

// Assigns offsets greedily by size, best fit: the largest value first, each into the smallest gap between the values that live at the same time
// (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference").  Returns the size of the arena.
std::int64_t lay_out(std::vector<Lifetime>& values);

} // namespace pose
