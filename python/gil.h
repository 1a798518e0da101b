// The GIL, for calls that compute without it, on any thread and also while the interpreter exits.
// SPDX-License-Identifier: MIT
#pragma once

#include <nanobind/nanobind.h>

#include <cxxabi.h>
#include <unistd.h>

namespace pose::python {

// Returns take().  While the interpreter exits, Python ends a daemon thread that asks for the GIL by unwinding its stack, which aborts the process in
// functions that are noexcept, such as nanobind's.  The thread sleeps here instead until the process is gone, as in Python 3.14.
template <class F> auto or_sleep(F take) noexcept {
  try {
    return take();
  } catch (abi::__forced_unwind&) {
    for (;;) pause();
  }
}

// Releases the GIL for its scope.
class WithoutGil {
public:
  enum class AtExit { refused, allowed };

  // After end_calls(), neither this nor the end of the scope returns, except on the thread that exits.  There it throws Error, unless allowed.
  explicit WithoutGil(AtExit at_exit = AtExit::refused);
  ~WithoutGil();
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

private:
  PyThreadState* state_;
};

// Takes the GIL for its scope, within that of a WithoutGil.  A callback of Python that waits forever does not keep the interpreter from its exit.
class WithGil {
public:
  WithGil();
  ~WithGil();
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;

private:
  PyGILState_STATE state_;
};

// Returns whether end_calls() was called: waits for data must end.
bool interpreter_exits();
// Refuses further calls that compute, and waits for those that run: they use memory that the process is about to free.  Throws KeyboardInterrupt.
// The module's exit handler.
void end_calls();

} // namespace pose::python
