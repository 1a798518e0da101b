// Implements console.h.
// SPDX-License-Identifier: MIT
#include "cli/console.h"

#include "cli/program.h"
#include "tensor/standard_output.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

namespace pose::apps {
namespace {

// Opens what can neither be read nor written as a file: "Bad file descriptor" stays the error of a write.
void open_closed_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) (void)::open("/", O_RDONLY | O_DIRECTORY); // gets the lowest free number, which is this one
  }
}

// Gives exceptions that nothing catches a line and an exit code.
void report_uncaught(const char* program) {
  static const char* name = "";
  static std::atomic<bool> no_memory = false;
  name = program;
  std::set_new_handler([] {
    no_memory = true;
    throw std::bad_alloc();
  });
  std::set_terminate([] {
    try {
      if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
    } catch (const std::exception& e) {
      std::_Exit(report_end(name, e));
    } catch (...) { // of no error of ours: abort() leaves a core file to look at
    }
    if (no_memory) std::_Exit(report_end(name, std::bad_alloc())); // what leaves a function without exceptions is not known here
    std::abort();
  });
}

} // namespace

void write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(std::size_t(n));
  }
}

int report_end(const char* program, const std::exception& error) {
  const ExitCode code = interrupted() ? kInterrupted : exit_code_of(error); // a system call that a signal ended is no error of a file
  if (code == kReaderLeft) return code;
  const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr; // what() is the name of the class
  const char* const what = no_memory ? "out of memory" : error.what();
  const auto part = [](const char* text) { return iovec{const_cast<char*>(text), std::strlen(text)}; };
  const iovec line[] = {part(program), part(": "), part(what), part("\n")};
  while (::writev(STDERR_FILENO, line, int(std::size(line))) < 0 && errno == EINTR) { // one call: two threads may fail at a time
  }
  return code;
}

int run_main(const char* program, const std::function<int()>& body) {
  open_closed_streams();
  std::signal(SIGPIPE, SIG_IGN);
  report_uncaught(program);
  int code = kDone;
  try {
    code = body();
    flush_out();
  } catch (const std::exception& e) {
    return code != kDone ? code : report_end(program, e);
  }
  return code;
}

} // namespace pose::apps
