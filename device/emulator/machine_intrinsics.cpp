// Implements the synchronization of machine.h: barriers and warp-wide operations, and the cp.async of each thread.
// SPDX-License-Identifier: MIT
#include "device/emulator/host_intrinsics.h"
#include "device/emulator/machine_state.h"

#include <fmt/format.h>

namespace simt {

using State = Thread::State;

void fence() {
  machine.fences.release();
  machine.fences.acquire();
}

void copy_later(const Copy& copy, SourceLocation at) {
  Thread& me = *machine.current;
  if (me.copies.full()) fail(at, "more than 256 cp.async of a thread in flight");
  me.copies.push(copy);
}
void copy_commit() {
  machine.current->copies.close_group();
}
void copy_wait(int groups_left) {
  Thread& me = *machine.current;
  while (me.copies.due(groups_left)) land(me.copies.pop());
}

void barrier(unsigned id, unsigned threads, SourceLocation at) {
  Machine& m = machine;
  Thread& me = *m.current;
  Barrier& b = m.barriers[id % kBarriers];
  const unsigned wanted = threads != 0 ? threads : m.n;
  if (id >= kBarriers || threads % 32 != 0 || wanted > m.n) fail(at, "a barrier has an id from 0 to 15 and whole warps of the block");
  if (b.waiting == 0) {
    b.where = at;
    b.wanted = wanted;
  }
  if (b.wanted != wanted || (threads == 0 && !same(b.where, at))) fail(at, ("divergent barrier: others wait at " + to_text(b.where)).c_str());
  if (threads == 0 && m.alive != m.n) fail(at, "__syncthreads, but other threads have left the kernel");
  Order& order = b.order[b.phase % 2];
  order.release();
  if (++b.waiting < wanted) {
    me.barrier = id;
    wait_as(State::at_barrier, at);
  } else {
    b.waiting = 0;
    b.phase++;
    for (unsigned k = 0; k < m.n; k++) {
      const unsigned i = m.schedule.seed == 1 ? k : m.n - 1 - k;
      if (m.threads[i]->state == State::at_barrier && m.threads[i]->barrier == id) wake(i);
    }
  }
  order.acquire();
}

void collective(void* arg, void (*op)(void* const*), std::uint32_t mask, bool ordered, SourceLocation at) {
  Machine& m = machine;
  const unsigned me = number_of(*m.current), lane = me % 32, base = me - lane;
  Warp& w = m.warps[me / 32];
  if (base + 32 > m.n) mask &= (1u << (m.n - base)) - 1;
  if ((mask >> lane & 1) == 0) fail(at, "this thread is not in its own mask");
  w.lanes[lane] = {arg, op, mask};
  w.arrived |= 1u << lane;
  m.current->where = at;
  Order& order = w.order[w.phase % 2];
  if (ordered) order.release();
  if ((w.arrived & mask) != mask) {
    wait_as(State::at_warp, at);
  } else {
    void* args[32] = {};
    for (unsigned i = 0; i < 32; i++) {
      if ((mask >> i & 1) == 0) continue;
      const Thread& other = *m.threads[base + i];
      if (w.lanes[i].op != op || w.lanes[i].mask != mask || !same(other.where, at))
        fail(at, fmt::format("divergent warp: thread {} is at {}", base + i, to_text(other.where)).c_str());
      args[i] = w.lanes[i].arg;
    }
    op(args);
    w.arrived &= ~mask;
    w.phase++;
    for (unsigned k = 0; k < 32; k++) {
      const unsigned i = m.schedule.seed == 1 ? k : 31 - k;
      if ((mask >> i & 1) != 0 && i != lane) wake(base + i);
    }
  }
  if (ordered) order.acquire();
}

} // namespace simt
