// Implements standard_output.h.
// SPDX-License-Identifier: MIT
#include "tensor/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace pose {

StandardOutputError::StandardOutputError(int error)
    : Error("standard output: cannot be written: " + std::generic_category().message(error)), reader_left_(error == EPIPE) {}

void write_out(std::string_view text) {
  if (!text.empty() && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) throw StandardOutputError(errno);
}

void flush_out() {
  if (std::fflush(stdout) != 0) throw StandardOutputError(errno);
  if (std::ferror(stdout) != 0) throw StandardOutputError(EIO); // the reason was lost
}

void expect_standard_output() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) throw StandardOutputError(EBADF);
}

} // namespace pose
