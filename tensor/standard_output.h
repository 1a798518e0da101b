// Text on standard output, with an error where it cannot be written.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <string_view>

namespace pose {

// Standard output is full, closed, or was left by the reader of a pipe.  It is no error of an input: end the run, and keep what was done.
class StandardOutputError : public Error {
public:
  explicit StandardOutputError(int error);          // an errno
  bool reader_left() const { return reader_left_; } // there is no use in a message
private:
  bool reader_left_;
};

// Appends to standard output's buffer.  Throws StandardOutputError.
void write_out(std::string_view text);
template <class... Args> void print_out(fmt::format_string<Args...> text, Args&&... args) {
  write_out(fmt::format(text, std::forward<Args>(args)...));
}

// Writes the buffer.  Throws StandardOutputError, also for an earlier error of another writer.
void flush_out();

// Throws StandardOutputError where standard output is closed, before there is anything to write.
void expect_standard_output();

} // namespace pose
