// Keeping messages to one line.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"

#include <algorithm>

namespace pose {

std::string one_line(std::string text) {
  constexpr unsigned char kFirstPrintable = 0x20, kDelete = 0x7f;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < kFirstPrintable || c == kDelete; }, '?');
  return text;
}

} // namespace pose
