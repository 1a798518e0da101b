// Fiber: a thread of control with a stack of its own that runs when it is switched to.  AddressSanitizer and ThreadSanitizer are told of it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace simt {

// Orders memory accesses as ThreadSanitizer shall see it: what comes before release(x) comes before what follows a later acquire(x).  Any address
// will do.  Both do nothing in other builds.
void release(const void* what);
void acquire(const void* what);

// An address for the two.
class Order {
public:
  void release() const { simt::release(&tag_); }
  void acquire() const { simt::acquire(&tag_); }

private:
  char tag_ = 0;
};

class Fiber {
public:
  Fiber(); // with a stack
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  struct Caller {};
  explicit Fiber(Caller); // the thread that calls this

  // The next switch to it calls entry() on an empty stack, whatever it did before.  entry() begins with began() and never returns.
  void start(void (*entry)());
  static void began();

  // Leaves this fiber, which is running, for another one.  Orders no memory accesses.  `for_good`: it will not be switched to until start().
  void switch_to(Fiber& to, bool for_good = false);

private:
  void* sp_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  char* mapped_ = nullptr;
  void* fake_stack_ = nullptr; // AddressSanitizer's
  friend class Actor;
  void* tsan_ = nullptr;
};

// Someone to whom ThreadSanitizer ascribes memory accesses: a fiber, or a unit of the machine that works beside them.
class Actor {
public:
  Actor();
  explicit Actor(const Fiber& fiber) : tsan_(fiber.tsan_) {}

  // Does work() in its name.
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
