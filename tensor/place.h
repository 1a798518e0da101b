// OutputPlace: where the bytes of an output go, after all symbolic links.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose {

// A name in a folder, or an open descriptor of this process where the path is /dev/stdout, /dev/fd/N or a link to one.
struct OutputPlace {
  std::string folder; // "." for a bare name
  std::string name;
  int descriptor = -1; // -1: none

  std::string path() const;
};

// Follows the symbolic links at the end of a path, also to a file that does not exist yet.  Throws Error for a loop, an empty name and a folder that
// cannot be searched.
OutputPlace place_of(const std::string& path);

// The number of bytes that file systems allow in a name.
inline constexpr std::size_t kLongestName = 255;

// Returns at most the first `bytes` bytes of a text, without a part of a UTF-8 character at its end.
std::string shortened(const std::string& text, std::size_t bytes);

// Returns stem + ending where that is a valid name.  Shortens a longer stem, between two UTF-8 characters, and adds a hash of it, so that long names
// that differ give names that differ.
std::string fitting_name(const std::string& stem, const std::string& ending);

} // namespace pose
