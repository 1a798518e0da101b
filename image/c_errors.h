// Error handling for C libraries whose error callback must not return (libjpeg, libpng).
// SPDX-License-Identifier: MIT
#pragma once

#include <csetjmp>
#include <cstdio>

namespace pose {

// Throwing through the frames of a C library is undefined.  So its error handler jumps back to attempt() instead.
struct CErrors {
  std::jmp_buf back{};
  char message[200] = "";

  [[noreturn]] void jump_back(const char* text) {
    std::snprintf(message, sizeof message, "%s", text);
    std::longjmp(back, 1);
  }
};

// Runs work().  Returns false, with the message set, when the library reported an error.  Neither work() nor its callees may own anything that a jump
// would leak.  Objects with destructors belong to the caller.
template <class Work> [[gnu::noinline]] bool attempt(CErrors& errors, Work work) {
  if (setjmp(errors.back) != 0) return false;
  work();
  return true;
}

} // namespace pose
