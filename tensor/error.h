// Error: the one exception of the library.  Its text is one line: place, what, expected, found.
// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace pose {

// Control characters, as names from files may hold, are replaced by '?': a message stays one line.
std::string one_line(std::string text);

// Thrown by loaders, builders and planners; apps print what() and exit.  Kernels never throw.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Throws the formatted line: fail("{}: expected {} bytes, found {}", path, want, got).
template <class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(one_line(fmt::format(text, std::forward<Args>(args)...)));
}

} // namespace pose
