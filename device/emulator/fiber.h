// Fiber: a thread of control with its own stack that runs when it is switched to.  AddressSanitizer and ThreadSanitizer know about the switches.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace simt {

// Order memory accesses for ThreadSanitizer: accesses before release(x) happen before those after a later acquire(x).
// Any address serves as x.  Both do nothing in other builds.
void release(const void* what);
void acquire(const void* what);

// An address to release and acquire.
class Order {
public:
  void release() const { simt::release(&tag_); }
  void acquire() const { simt::acquire(&tag_); }

private:
  char tag_ = 0;
};

class Fiber {
public:
  Fiber(); // allocates a stack
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  struct Caller {};
  explicit Fiber(Caller); // represents the calling thread

  // Makes the next switch to this fiber call entry() on an empty stack, whatever it did before.
  // entry() calls began() first and never returns.
  void start(void (*entry)());
  static void began();

  // Leaves this fiber, which is running, for another one.  Orders no memory accesses.
  // `for_good`: this fiber is not switched to again before start().
  void switch_to(Fiber& to, bool for_good = false);

private:
  void* sp_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  char* mapped_ = nullptr;
  void* fake_stack_ = nullptr; // of AddressSanitizer
  friend class Actor;
  void* tsan_ = nullptr;
};

// A party to which ThreadSanitizer attributes memory accesses: a fiber, or a unit of the machine that works concurrently.
class Actor {
public:
  Actor();
  explicit Actor(const Fiber& fiber) : tsan_(fiber.tsan_) {}

  // Runs work() as this party.
  template <class F> void act(F work) {
    void* const me = enter();
    work();
    leave(me);
  }

private:
  void* enter();
  static void leave(void* previous);
  void* tsan_ = nullptr;
};

} // namespace simt
