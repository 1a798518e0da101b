// The standard streams of the programs.  Whatever happens to them, a program goes on or ends with an exit code, and its results are kept.
// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <exception>
#include <functional>
#include <string_view>
#include <utility>

namespace pose::apps {

// main(): runs `body` and returns its exit code, or that of standard output where it cannot be written.  Before, it opens the standard streams that
// are closed, so that no file of the run gets their numbers, and makes a write to a closed pipe an error in place of a signal.  An exception that
// nothing can catch, as that of a destructor for which there is no memory, ends the process with its line and exit code.
int run_main(const char* program, const std::function<int()>& body);

// Prints "program: message" on standard error, which needs no memory, and returns the exit code.  Says nothing where the reader of standard output
// left.
int report_end(const char* program, const std::exception& error);

// Writes to standard error at once.  An error is ignored, since there is no other place to report it.
void write_error(std::string_view text);
template <class... Args> void say(fmt::format_string<Args...> text, Args&&... args) {
  write_error(fmt::format(text, std::forward<Args>(args)...));
}

} // namespace pose::apps
