// JSON Lines: one line of JSON an image or frame (docs/results.md).
// SPDX-License-Identifier: MIT
#pragma once

#include "results/frame_result.h"

#include <string>
#include <string_view>

namespace pose {

// Version of the lines.  Within a version, keys may be added, and nothing else changes.
inline constexpr int kResultSchema = 1;

// Returns the line with its line feed.  NaN and infinity become null.  A byte of a name that is not UTF-8 becomes \uefXX.
std::string format_line(const FrameResult& result);

// Returns what format_line() wrote, every float with the same bits; null becomes NaN.  Ignores unknown keys.  Throws DataError
// "{place}: expected ..., found ..." for any other text; `place` is FILE:LINE.
FrameResult parse_line(std::string_view line, const std::string& place);

} // namespace pose
