// Test controls of the emulated device: its limits, its order of work and injected failures.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pose {

struct Emulation {
  // Properties of emulated devices that are opened later.
  int arch = 90, processors = 2, shared_bytes = 227 * 1024;
  std::int64_t memory = std::int64_t(8) << 30; // shared by all emulated devices

  // false: work runs when it is enqueued.
  // true: work runs as late as CUDA allows, so that a missing wait or synchronization shows.
  // It then runs when the caller synchronizes the stream, when a stream that waits for it is synchronized, or when memory is freed.
  bool lazy = false;

  // The n-th operation from now fails (1: the next one), and later ones succeed again.  0: none fails.
  int fail_launch = 0;  // a kernel launch
  int fail_kernel = 0;  // a running kernel
  int fail_copy = 0;    // a copy or a clear
  int fail_capture = 0; // a graph capture
};
inline Emulation emulation;

} // namespace pose
