// error_of: the message of the Error that a call throws.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <string>

namespace pose::testing {

// Returns the text of the Error that `work` throws, "" if it throws none.  Any other exception escapes and fails the test.
template <class Work> std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace pose::testing
