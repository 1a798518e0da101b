// Implements gil.h: counts the calls that run without the GIL.
// SPDX-License-Identifier: MIT
#include "python/gil.h"

#include "tensor/error.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace nb = nanobind;

namespace pose::python {
namespace {

std::atomic<int> running{0};
std::atomic<bool> ending{false};
std::thread::id exiting; // the thread that called end_calls()

// Returns whether Python is about to end this thread.
bool is_doomed() {
  return ending && exiting != std::this_thread::get_id();
}

[[noreturn]] void sleep_forever() {
  running--;
  for (;;) pause();
}

// A child process of fork() has only the thread that forked, which is in no call.
const int registered = pthread_atfork(nullptr, nullptr, [] { running = 0; });

} // namespace

WithoutGil::WithoutGil(AtExit at_exit) {
  if (ending && !is_doomed() && at_exit == AtExit::refused) fail("expected a call before the interpreter exits, found one while it does");
  running++;
  state_ = PyEval_SaveThread();
  if (is_doomed()) sleep_forever();
}

WithoutGil::~WithoutGil() {
  if (is_doomed()) sleep_forever();
  or_sleep([this] { PyEval_RestoreThread(state_); });
  running--;
}

WithGil::WithGil() {
  running--;
  state_ = or_sleep(PyGILState_Ensure);
}

WithGil::~WithGil() {
  running++;
  PyGILState_Release(state_);
}

bool interpreter_exits() {
  return ending;
}

void end_calls() {
  exiting = std::this_thread::get_id();
  ending = true;
  constexpr std::chrono::milliseconds kPause{1};
  while (running > 0) {
    PyThreadState* state = PyEval_SaveThread();
    std::this_thread::sleep_for(kPause);
    PyEval_RestoreThread(state);
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

} // namespace pose::python
