// Error types from the public header (include/alphapose/error.h), and fail().  what() is one line: place, expected, found.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/error.h>

#include <fmt/core.h>

#include <string>
#include <typeinfo>
#include <utility>

namespace pose {

using alphapose::DataError;
using alphapose::DeviceError;
using alphapose::Error;
using alphapose::InputError;
using alphapose::ModelError;

// Thrown by long computations after their stop callback has returned true.
class Interrupted : public Error {
public:
  using Error::Error;
};

// Returns the text with control characters replaced by '?', so that a message stays one line.  Names from files may contain them.
std::string one_line(std::string text);

// Throws E with the formatted line: fail("{}: expected {} bytes, found {}", path, want, got).  Kernels never throw.
template <class E = Error, class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw E(one_line(fmt::format(text, std::forward<Args>(args)...)));
}

// Calls f() and rethrows an Error without a more specific type as an E.
template <class E, class F> auto with_errors_as(F f) {
  try {
    return f();
  } catch (const Error& e) {
    if (typeid(e) != typeid(Error)) throw;
    throw E(e.what());
  }
}

} // namespace pose
