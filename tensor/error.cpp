// Implements error.h.  Anchors the public error classes, so that their type information is in this library only.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"

#include <algorithm>

namespace alphapose {

Error::~Error() = default;
InputError::~InputError() = default;
DataError::~DataError() = default;
ModelError::~ModelError() = default;
DeviceError::~DeviceError() = default;

} // namespace alphapose

namespace pose {

std::string one_line(std::string text) {
  constexpr unsigned char kFirstPrintable = 0x20, kDelete = 0x7f;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < kFirstPrintable || c == kDelete; }, '?');
  return text;
}

} // namespace pose
