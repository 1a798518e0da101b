// parse_seconds: times as people write them.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose {

// Returns seconds.  Reads "90", "1:30", "0:01:30.5".  Throws InputError that begins with `option`.
double parse_seconds(const std::string& option, const std::string& text);

} // namespace pose
