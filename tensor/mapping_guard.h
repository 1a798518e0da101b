// MappingGuard: keeps a process alive that reads a mapped file after its end was cut off, or whose disk fails.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace pose {

// The system raises SIGBUS in the thread that reads such a page.  While a range is guarded, the handler puts pages of zeros in the place of the lost
// ones and notes it, and the thread goes on; the reader of the range asks lost() afterwards.  Signals of other addresses get the handler that was
// there before.  Thread-safe.
class MappingGuard {
public:
  // Installs the handler at the first call.  is_on() is false where too many ranges are guarded at a time.
  MappingGuard(const std::byte* begin, std::size_t size);
  ~MappingGuard(); // call it before the range is unmapped
  MappingGuard(const MappingGuard&) = delete;
  MappingGuard& operator=(const MappingGuard&) = delete;

  bool is_on() const { return slot_ >= 0; }
  bool lost() const;

private:
  int slot_ = -1;
};

} // namespace pose
