// check: validates a file of JSON Lines.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace pose {

struct CheckReport {
  std::int64_t lines = 0, people = 0, errors = 0; // errors: lines of images that failed
  std::int64_t problems = 0;
};

// Reads the file ("-": standard input) and calls problem("FILE:LINE: expected ..., found ...") for a line that is not a result, a frame of a clip
// that does not come after the frame before it, a time that falls, a line of other settings than the first, and a torn end.  Throws DataError
// where the file cannot be read, Interrupted.
CheckReport check_results(const std::string& path, const std::function<void(const std::string&)>& problem, const std::function<bool()>& stop = {});

} // namespace pose
