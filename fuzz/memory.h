// MemoryPeak: how much memory is in use at most.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace pose::fuzz {

// Counts from its construction on what this thread allocates on the heap.  One exists at a time.  Without AddressSanitizer it counts nothing.
class MemoryPeak {
public:
  MemoryPeak();
  ~MemoryPeak();
  MemoryPeak(const MemoryPeak&) = delete;
  MemoryPeak& operator=(const MemoryPeak&) = delete;

  std::size_t bytes() const; // 0 without AddressSanitizer
};

} // namespace pose::fuzz
