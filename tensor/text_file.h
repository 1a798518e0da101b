// Text files as editors write them, and what tells the format of a file.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose {

// Reads a file or pipe as UTF-8 without a byte order mark.  Converts UTF-16, which is recognized by its byte order mark.  Throws Error for a file
// that cannot be read, changes while it is read, or is not text.
std::string read_text(const std::string& path);

// Returns the first bytes of a file, by which its format is recognized; fewer than `count` where the file is shorter, none where it cannot be read.
std::string first_bytes(const std::string& path, std::size_t count);

// Returns the text with the ASCII letters A to Z in lower case.
std::string lower_case(std::string text);

// Returns the ending of a path in lower case, with its dot: by it a format is chosen for a file that does not exist yet.
std::string ending_of(const std::string& path);

} // namespace pose
