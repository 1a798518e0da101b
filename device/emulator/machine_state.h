// State of the emulated machine, shared by its scheduler (machine.cpp), its intrinsics and its Hopper unit (machine_hopper.cpp).
// SPDX-License-Identifier: MIT
#pragma once

#include "device/emulator/fiber.h"
#include "device/emulator/host_types.h"
#include "device/emulator/machine.h"
#include "device/emulator/schedule.h"

#include <exception>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace simt {

// Pending asynchronous operations of one thread, oldest first, in groups.  Allocates nothing, since ThreadSanitizer would see the allocation.
template <class T, unsigned N> class Pending {
public:
  bool full() const { return tail_ - head_ == N; }
  bool empty() const { return tail_ == head_; }
  void push(const T& op) {
    op_[tail_ % N] = op;
    group_[tail_++ % N] = group_now_;
  }
  void close_group() { group_now_++; }
  bool due(int groups_left) const { return !empty() && int(group_now_ - group_[head_ % N]) > groups_left; }
  T pop() { return op_[head_++ % N]; }
  unsigned pushed() const { return tail_; }
  bool has_before(unsigned pushed) const { return int(pushed - head_) > 0; }
  void clear() { head_ = tail_; }

private:
  T op_[N];
  unsigned group_[N], head_ = 0, tail_ = 0, group_now_ = 0;
};

struct Thread {
  enum class State : std::uint8_t { ready, at_barrier, at_warp, at_warpgroup, at_mbar, done };

  Fiber fiber;
  uint3 index{};
  State state = State::ready;
  SourceLocation where; // of the current wait, or of the last intrinsic that can wait
  unsigned barrier = 0;
  const Mbar* mbar = nullptr;
  Pending<Copy, 256> copies;
  Pending<Wgmma, 64> wgmmas;
  bool fenced = false; // wgmma_fence was called
};

struct Barrier {
  unsigned waiting = 0, wanted = 0, phase = 0;
  SourceLocation where;
  Order order[2]; // for even and odd phases: a fast thread may be one phase ahead
};
struct Warp {
  std::uint32_t arrived = 0;
  unsigned phase = 0;
  struct Lane {
    void* arg;
    void (*op)(void* const*);
    std::uint32_t mask;
  } lanes[32] = {};
  Order order[2];
};
struct Warpgroup {
  unsigned arrived = 0;
  Order order;
};

// A bulk copy, or an arrival on an mbarrier that waits for the thread's copies before `copies_before`.
struct Posted {
  Thread* by;
  Mbar* mbar;
  Copy copy;
  bool is_copy;
  unsigned copies_before;
  SourceLocation where;
  Order* order;
};
constexpr unsigned kPosted = 4096, kBarriers = 16;

struct Machine {
  std::string kernel;
  void (*body)(void*) = nullptr;
  void* arg = nullptr;
  unsigned n = 0; // threads per block
  Schedule schedule;
  std::minstd_rand random;

  std::vector<std::unique_ptr<Thread>> pool;
  std::vector<Thread*> threads; // of the block, by number
  std::vector<unsigned> ready;
  unsigned alive = 0;
  Thread* current = nullptr;
  Fiber* caller = nullptr; // the host thread that launched the kernel
  std::exception_ptr error;

  std::byte* shared = nullptr;
  std::size_t shared_bytes = 0;
  // Synchronization points.  They are created anew for each block: synchronization within one block must not order accesses between blocks.
  std::vector<Barrier> barriers;
  std::vector<Warp> warps;
  std::vector<Warpgroup> warpgroups;
  Order begin, end; // of the kernel
  Order fences;

  std::vector<Posted> posted;
  Order posted_order[kPosted]; // one per posted operation, used in turn
  unsigned posted_next = 0;
  std::unique_ptr<Actor> copier, multiplier, janitor;
};
extern Machine machine;

unsigned number_of(const Thread& thread);
std::string to_text(SourceLocation at);
bool same(SourceLocation a, SourceLocation b);

// Blocks the running thread and runs others until wake() is called for it.
void wait_as(Thread::State state, SourceLocation at);
void wake(unsigned thread);

void do_posted(std::size_t i);

} // namespace simt
