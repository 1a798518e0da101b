// The emulated device's limits, order of work and failures, for tests.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pose {

struct Emulation {
  // What a Gpu(kEmulated) that is opened later tells about itself.
  int arch = 90, processors = 2, shared_bytes = 227 * 1024;
  std::int64_t memory = std::int64_t(8) << 30; // of all emulated devices together

  // false: work is done where it is enqueued.  true: as late as CUDA allows, so that a missing wait or synchronisation shows: when somebody
  // synchronises the stream, or another stream that waits for it, or gives memory back.
  bool lazy = false;

  // The n-th one from now fails (1: the next one), then all goes on as before; 0: none.
  int fail_launch = 0;  // a kernel cannot be launched
  int fail_kernel = 0;  // a kernel fails while it runs
  int fail_copy = 0;    // a copy or a clear fails
  int fail_capture = 0; // a graph is refused
};
inline Emulation emulation;

} // namespace pose
