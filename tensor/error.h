// Errors, as the public header defines them (include/alphapose/error.h), and how they are thrown.  what() is one line: place, expected, found.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/error.h>

#include <fmt/core.h>

#include <string>
#include <utility>

namespace pose {

using alphapose::DataError;
using alphapose::DeviceError;
using alphapose::Error;
using alphapose::InputError;
using alphapose::ModelError;

// Thrown by long computations when their stop callback returned true.
class Interrupted : public Error {
public:
  using Error::Error;
};

// Replaces control characters, as names from files may hold, by '?': a message stays one line.
std::string one_line(std::string text);

// Throws the formatted line: fail("{}: expected {} bytes, found {}", path, want, got).  Kernels never throw.
template <class E = Error, class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw E(one_line(fmt::format(text, std::forward<Args>(args)...)));
}

// Calls f() and turns an Error without a more special type into an E.
template <class E, class F> auto with_errors_as(F f) {
  try {
    return f();
  } catch (const Interrupted&) {
    throw;
  } catch (const InputError&) {
    throw;
  } catch (const DataError&) {
    throw;
  } catch (const ModelError&) {
    throw;
  } catch (const DeviceError&) {
    throw;
  } catch (const Error& e) {
    throw E(e.what());
  }
}

} // namespace pose
