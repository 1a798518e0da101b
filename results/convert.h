// convert: JSON Lines to AlphaPose's formats, COCO's results or a CSV table, in constant memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pose {

struct ConvertOptions {
  std::string to;                  // one of conversion_names()
  bool smooth = false;             // smoothed keypoints in place of raw ones, where a person has them
  std::function<bool()> stop = {}; // checked at every line
};

struct Converted {
  std::int64_t lines = 0, people = 0;
  bool torn = false;   // the input ends with a torn line, which was left out
  std::string clashes; // a second clip whose frames have the names of the first one's; "": none
};

// Returns cmu, coco, coco-results, csv, open.
std::vector<std::string> conversion_names();

// Converts the lines of `in` ("-": standard input) and writes `out`, which exists only when it is complete.  Lines without people add nothing.
// Throws InputError for an unknown format, DataError for a line that is not a result, Error where `out` cannot be written, Interrupted.
Converted convert(const std::string& in, const std::string& out, const ConvertOptions& options);

} // namespace pose
