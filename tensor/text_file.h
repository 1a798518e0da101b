// Text files as editors write them.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose {

// Reads a file as UTF-8 without a byte order mark.  Converts UTF-16, which is recognized by its byte order mark.  Throws Error for a file that cannot
// be read or is not text.
std::string read_text(const std::string& path);

} // namespace pose
