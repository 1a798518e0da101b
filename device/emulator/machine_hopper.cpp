// Implements the Hopper unit of machine.h: mbarriers, the asynchronous copy engine and warpgroup products.
// SPDX-License-Identifier: MIT
#include "device/emulator/host_intrinsics.h"
#include "device/emulator/machine_state.h"

#include <fmt/format.h>

#include <utility>

namespace simt {
namespace {

using State = Thread::State;

constexpr unsigned kMostArrivals = 0xffff - 1; // all ones means uninitialized shared memory

void check_initialised(const Mbar& b, SourceLocation at) {
  if (b.count == 0 || b.count > kMostArrivals || b.pending > b.count) fail(at, "this mbarrier is not initialized");
}

void post(Posted p) {
  Machine& m = machine;
  if (m.posted.size() == kPosted) fail(p.where, "more than 4096 asynchronous operations in flight");
  p.by = m.current;
  p.copies_before = m.current->copies.pushed();
  p.order = &m.posted_order[m.posted_next++ % kPosted];
  p.order->release();
  m.posted.push_back(p);
  if (m.schedule.early_copies) do_posted(m.posted.size() - 1);
}

// Takes the oldest due operation of each lane of the group.  Returns false when none is due.
bool take(unsigned base, int groups_left, SourceLocation at, Wgmma (&lanes)[128]) {
  unsigned due = 0;
  for (unsigned i = 0; i < 128; i++) due += machine.threads[base + i]->wgmmas.due(groups_left);
  if (due == 0) return false;
  bool equal = due == 128;
  for (unsigned i = 0; equal && i < 128; i++) {
    lanes[i] = machine.threads[base + i]->wgmmas.pop();
    equal = lanes[i].a == lanes[0].a && lanes[i].b == lanes[0].b && lanes[i].columns == lanes[0].columns;
  }
  if (!equal) fail(at, "the threads of the warpgroup have not all issued the same wgmma");
  return true;
}

} // namespace

void mbar_init(Mbar& b, unsigned count, SourceLocation at) {
  if (count == 0 || count > kMostArrivals) fail(at, "an mbarrier counts 1 to 65534 arrivals");
  b = {std::uint16_t(count), std::uint16_t(count), 0, 0};
}

void mbar_update(Mbar& b, unsigned arrivals, std::uint32_t bytes, SourceLocation at) {
  check_initialised(b, at);
  release(&b);
  if (arrivals > b.pending) fail(at, "more arrivals on the mbarrier than its phase counts");
  b.pending = std::uint16_t(b.pending - arrivals);
  b.bytes = (b.bytes + bytes) & 0x7fffffffu;
  if (b.pending > 0 || b.bytes != 0) return;
  b.pending = b.count;
  b.phase ^= 1u;
  for (unsigned i = 0; i < machine.n; i++) {
    if (machine.threads[i]->state == State::at_mbar && machine.threads[i]->mbar == &b) wake(i);
  }
}

void mbar_wait(Mbar& b, unsigned parity, SourceLocation at) {
  check_initialised(b, at);
  while (b.phase == parity) {
    machine.current->mbar = &b;
    wait_as(State::at_mbar, at);
  }
  acquire(&b);
}

void post_copy(const Copy& copy, Mbar& b, SourceLocation at) {
  post({nullptr, &b, copy, true, 0, at, nullptr});
}
void post_arrival(Mbar& b, SourceLocation at) {
  post({nullptr, &b, {}, false, 0, at, nullptr});
}

// Runs as the copier: after the thread's earlier accesses, and before those of threads that waited for the mbarrier.
void do_posted(std::size_t i) {
  Machine& m = machine;
  const Posted p = m.posted[i];
  m.posted[i] = m.posted.back();
  m.posted.pop_back();
  Thread* const running = std::exchange(m.current, p.by); // errors name the thread that posted it
  m.copier->act([&] {
    p.order->acquire();
    try {
      if (p.is_copy) land(p.copy);
      while (!p.is_copy && p.by->copies.has_before(p.copies_before)) land(p.by->copies.pop());
      mbar_update(*p.mbar, p.is_copy ? 0 : 1, p.is_copy ? 0u - p.copy.units * 16 : 0, p.where);
    } catch (...) {
      if (!m.error) m.error = std::current_exception();
    }
  });
  m.current = running;
}

void wgmma_fence() {
  machine.current->fenced = true;
}
void wgmma_later(const Wgmma& op, SourceLocation at) {
  Thread& me = *machine.current;
  if (!me.fenced) fail(at, "wgmma before wgmma_fence");
  if (me.wgmmas.full()) fail(at, "more than 64 wgmma of a thread in flight");
  me.wgmmas.push(op);
}
void wgmma_commit(SourceLocation at) {
  machine.current->wgmmas.close_group();
  if (machine.schedule.early_products) wgmma_wait(0, at);
}

void wgmma_wait(int groups_left, SourceLocation at) {
  Machine& m = machine;
  const unsigned me = number_of(*m.current), base = me / 128 * 128;
  if (base + 128 > m.n) fail(at, "wgmma needs whole warpgroups of 128 threads");
  Warpgroup& g = m.warpgroups[me / 128];
  m.current->where = at;
  g.order.release();
  if (++g.arrived < 128) {
    wait_as(State::at_warpgroup, at);
  } else {
    for (unsigned i = 0; i < 128; i++) {
      const SourceLocation other = m.threads[base + i]->where;
      if (!same(other, at)) fail(at, fmt::format("divergent warpgroup: thread {} is at {}", base + i, to_text(other)).c_str());
    }
    std::exception_ptr error;
    m.multiplier->act([&] {
      g.order.acquire();
      try {
        for (static Wgmma lanes[128]; take(base, groups_left, at, lanes);) multiply(lanes, at);
      } catch (...) {
        error = std::current_exception();
      }
      g.order.release();
    });
    if (error) std::rethrow_exception(error);
    g.arrived = 0;
    for (unsigned i = 0; i < 128; i++) {
      if (base + i != me) wake(base + i);
    }
  }
  g.order.acquire();
}

} // namespace simt
