// Implements the scheduler of machine.h: one fiber per thread, one block at a time.
// SPDX-License-Identifier: MIT
#include "device/emulator/host_intrinsics.h"
#include "device/emulator/machine_state.h"
#include "tensor/error.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>

namespace simt {

Machine machine;

namespace {

using State = Thread::State;

constexpr unsigned kThreads = 1024, kSharedBytes = 227 * 1024; // limits of the largest GPUs

// With ThreadSanitizer, consecutive blocks run on different fibers.  Otherwise the work of one block would order accesses of the next.
#if defined(SIMT_TSAN)
constexpr unsigned kFiberSets = 2;
#else
constexpr unsigned kFiberSets = 1;
#endif

Schedule schedule; // of the next kernel

std::string where(const uint3& block) {
  return fmt::format("kernel {}, block {},{},{}", machine.kernel, block.x, block.y, block.z);
}
uint3 block_now() {
  return {blockIdx.x, blockIdx.y, blockIdx.z};
}

void switch_to(Thread* to, bool for_good = false) {
  Fiber& from = machine.current != nullptr ? machine.current->fiber : *machine.caller;
  machine.current = to;
  if (to != nullptr) threadIdx = to->index;
  from.switch_to(to != nullptr ? to->fiber : *machine.caller, for_good);
}

// Describes the deadlock: each source location where threads wait, with their count and the first of them.
std::string deadlock() {
  std::string text;
  std::vector<bool> told(machine.n, false);
  for (unsigned i = 0; i < machine.n; i++) {
    const Thread& first = *machine.threads[i];
    if (told[i] || first.state == State::done) continue;
    unsigned count = 0;
    for (unsigned k = i; k < machine.n; k++) {
      const Thread& other = *machine.threads[k];
      if (other.state == State::done || !same(first.where, other.where)) continue;
      told[k] = true;
      count++;
    }
    text += fmt::format("{} {} (first: thread {}) at {}", text.empty() ? "" : ",", count, i, to_text(first.where));
  }
  return fmt::format("{}: deadlock; threads that wait:{}", where(block_now()), text);
}

// Leaves the running thread, which is done or waits, for a ready one.  The schedule sets the order.
void run_another(bool for_good = false) {
  Machine& m = machine;
  const unsigned seed = m.schedule.seed;
  while (m.ready.empty() && !m.posted.empty() && !m.error) do_posted(seed == 0 ? 0 : seed == 1 ? m.posted.size() - 1 : m.random() % m.posted.size());
  if (m.ready.empty()) {
    if (m.alive > 0 && !m.error) m.error = std::make_exception_ptr(pose::Error(deadlock()));
    return switch_to(nullptr, for_good);
  }
  if (seed > 1) std::swap(m.ready[m.random() % m.ready.size()], m.ready.back());
  const unsigned next = m.ready.back();
  m.ready.pop_back();
  switch_to(m.threads[next], for_good);
}

bool warp_waits_for(unsigned thread) {
  const Warp& w = machine.warps[thread / 32];
  bool waits = false;
  for (unsigned i = 0; i < 32; i++) waits = waits || ((w.arrived >> i & 1) != 0 && (w.lanes[i].mask >> thread % 32 & 1) != 0);
  return waits;
}

void thread_main() {
  Fiber::began();
  Machine& m = machine;
  m.begin.acquire();
  try {
    m.body(m.arg);
    Thread& me = *m.current;
    if (m.barriers[0].waiting > 0) fail(m.barriers[0].where, "others wait in __syncthreads when this thread leaves the kernel");
    if (warp_waits_for(number_of(me)))
      fail(me.where, "this thread leaves the kernel while lanes of its warp wait for it (location: its last intrinsic)");
  } catch (...) {
    if (!m.error) m.error = std::current_exception();
  }
  m.end.release();
  m.current->state = State::done;
  m.alive--;
  if (m.error) switch_to(nullptr, true);
  run_another(true);
  __builtin_trap();
}

// A block's shared memory.  It is allocated anew with exactly the requested size, so that AddressSanitizer guards both ends.
class SharedMemory {
public:
  explicit SharedMemory(std::size_t bytes) : data_(static_cast<std::byte*>(::operator new(std::max<std::size_t>(bytes, 1), kAligned))) {
    std::memset(data_, 0xff, bytes); // NaN in every float format: shows reads of uninitialized memory
    machine.shared = data_;
  }
  ~SharedMemory() { // by the janitor: the end of a block must not order accesses of the next block
    machine.janitor->act([this] {
      machine.end.acquire();
      ::operator delete(data_, kAligned);
    });
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

private:
  static constexpr std::align_val_t kAligned{1024};
  std::byte* data_;
};

void prepare_block(unsigned serial) {
  Machine& m = machine;
  m.alive = m.n;
  m.current = nullptr;
  m.error = nullptr;
  m.ready.clear();
  m.posted.clear();
  m.barriers = std::vector<Barrier>(kBarriers);
  m.warps = std::vector<Warp>((m.n + 31) / 32);
  m.warpgroups = std::vector<Warpgroup>((m.n + 127) / 128);
  for (unsigned i = 0; i < m.n; i++) {
    Thread& t = *(m.threads[i] = m.pool[serial % kFiberSets * m.n + i].get());
    t.fiber.start(thread_main);
    t.index = {i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y)};
    t.state = State::ready;
    t.where = {};
    t.copies.clear();
    t.wgmmas.clear();
    t.fenced = false;
    m.ready.push_back(m.schedule.seed == 1 ? i : m.n - 1 - i);
  }
  m.begin.release();
}

void run_block(const uint3& block, unsigned serial) {
  Machine& m = machine;
  const SharedMemory memory(m.shared_bytes);
  blockIdx = dim3(block.x, block.y, block.z);
  prepare_block(serial);
  run_another();
  if (!m.error) return;
  for (Thread* t : m.threads) {
    if (t->state != State::done) Actor(t->fiber).act([&] { m.end.release(); }); // its accesses also come before the end of the kernel
  }
  m.end.acquire();
  std::rethrow_exception(m.error);
}

std::vector<uint3> blocks_in_order() {
  std::vector<uint3> blocks;
  for (unsigned z = 0; z < gridDim.z; z++) {
    for (unsigned y = 0; y < gridDim.y; y++) {
      for (unsigned x = 0; x < gridDim.x; x++) blocks.push_back({x, y, z});
    }
  }
  if (machine.schedule.seed == 1) std::reverse(blocks.begin(), blocks.end());
  if (machine.schedule.seed > 1) std::shuffle(blocks.begin(), blocks.end(), machine.random);
  return blocks;
}

void prepare_launch() {
  Machine& m = machine;
  if (m.janitor == nullptr) {
    m.copier = std::make_unique<Actor>();
    m.multiplier = std::make_unique<Actor>();
    m.janitor = std::make_unique<Actor>();
    m.posted.reserve(kPosted);
  }
  while (m.pool.size() < kFiberSets * m.n) m.pool.push_back(std::make_unique<Thread>());
  m.threads.resize(m.n);
  m.random.seed(m.schedule.seed);
}

} // namespace

void use(const Schedule& next) {
  schedule = next;
}

void run(const char* kernel, Extent grid, Extent block, std::size_t shared_bytes, void (*body)(void*), void* arg) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Machine& m = machine;
  const std::uint64_t threads = std::uint64_t(block.x) * block.y * block.z;
  if (threads == 0 || threads > kThreads || shared_bytes > kSharedBytes || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 ||
      grid.z > 65535)
    pose::fail("kernel {}: no GPU takes this launch: grid {} x {} x {}, block {} x {} x {}, {} bytes of shared memory", kernel, grid.x, grid.y,
               grid.z, block.x, block.y, block.z, shared_bytes);
  m.kernel = kernel;
  m.body = body;
  m.arg = arg;
  m.n = unsigned(threads);
  m.shared_bytes = shared_bytes;
  m.schedule = schedule;
  gridDim = {grid.x, grid.y, grid.z};
  blockDim = {block.x, block.y, block.z};
  prepare_launch();
  Fiber caller{Fiber::Caller()};
  m.caller = &caller;
  unsigned serial = 0;
  for (const uint3& b : blocks_in_order()) run_block(b, serial++);
  m.end.acquire();
}

void fail(SourceLocation at, const char* what) {
  throw pose::Error(fmt::format("{}, thread {}, {}: {}", where(block_now()), number_of(*machine.current), to_text(at), what));
}
unsigned number_of(const Thread& t) {
  return (t.index.z * blockDim.y + t.index.y) * blockDim.x + t.index.x;
}
std::string to_text(SourceLocation at) {
  return fmt::format("{}:{}", at.file, at.line);
}
bool same(SourceLocation a, SourceLocation b) {
  return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

void wait_as(State state, SourceLocation at) {
  machine.current->state = state;
  machine.current->where = at;
  run_another();
}
void wake(unsigned i) {
  machine.threads[i]->state = State::ready;
  machine.ready.push_back(i);
}

void* shared_base() {
  return machine.shared;
}
std::size_t shared_size() {
  return machine.shared_bytes;
}
bool copies_are_early() {
  return machine.schedule.early_copies;
}

} // namespace simt
