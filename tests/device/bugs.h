// Planted bugs: kernels that each exist twice, right and with one bug, and what must notice it.  For the emulator only: a GPU might hang.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace pose::bugs {

struct Bug {
  const char* name;
  bool (*run)(bool planted); // runs the kernel, with or without the bug; was the result right?
  // What must be said of the bug in a plain build, under at least one schedule, in one with AddressSanitizer and UndefinedBehaviorSanitizer, and in
  // one with ThreadSanitizer.  kWrong: that the result is wrong.  null: that build need not notice.
  const char *plain, *asan, *tsan;
};
inline constexpr char kWrong[] = "wrong result", kRace[] = "data race";

extern const std::span<const Bug> barrier_bugs, memory_bugs, copy_bugs, hopper_bugs;

} // namespace pose::bugs
