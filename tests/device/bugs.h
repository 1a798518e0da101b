// Planted bugs: each kernel exists twice, correct and with one bug, and names the tool that must report the bug.  For the emulator only: a GPU might
// hang.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace pose::bugs {

struct Bug {
  const char* name;
  bool (*run)(bool planted); // runs the kernel, with or without the bug; returns whether the result is right
  // The text that must be reported: in a plain build, under at least one schedule; in one with AddressSanitizer and UndefinedBehaviorSanitizer; in
  // one with ThreadSanitizer.  kWrong: the result is wrong.  null: that build need not report the bug.
  const char *plain, *asan, *tsan;
};
inline constexpr char kWrong[] = "wrong result", kRace[] = "data race";

extern const std::span<const Bug> barrier_bugs, memory_bugs, copy_bugs, hopper_bugs;

} // namespace pose::bugs
