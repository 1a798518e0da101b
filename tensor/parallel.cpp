// Implements parallel.h: the thread pool of parallel_for.  Jobs start and end through one atomic variable, the gate.
// SPDX-License-Identifier: MIT
#include "tensor/parallel.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace pose {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSpin = std::chrono::microseconds(30); // longer than the gap between two layers, far shorter than a time slice
constexpr int kRelaxes = 16;                          // pauses between two clock reads; their length differs tenfold between CPUs

// Waits a short time for ready().  Returns false on timeout.
template <class Ready> bool spin_until(const Ready& ready) {
  if (ready()) return true;
  for (const Clock::time_point end = Clock::now() + kSpin; Clock::now() < end;) {
    for (int i = 0; i < kRelaxes; i++) {
      __builtin_ia32_pause();
      if (ready()) return true;
    }
  }
  return false;
}

// The gate's fields: the job's number, the open bit (more workers may join), the number of workers inside.
constexpr std::uint64_t kInside = (std::uint64_t(1) << 31) - 1, kOpen = std::uint64_t(1) << 31, kNumber = std::uint64_t(1) << 32;

} // namespace

// The caller never waits for a worker that has not started; it waits only for workers that hold a tile.
// All of this state is in one atomic integer, the gate.
// The caller writes the job while the gate is closed and empty.  Then it opens the gate with a new job number, and closes it when all tiles are
// handed out.
// A worker enters by compare-and-swap, which adds one to the workers inside an open gate.  The swap fails once the gate is closed.  A worker leaves
// by subtracting one.
// So every worker inside has seen the whole job.  When the gate is closed and empty, every tile is done and no worker will read the job again.
// Job numbers wrap after 2^32 jobs.  A worker that slept through exactly that many mistakes the job for its last one and skips it, which is allowed.
struct Pool::State {
  std::vector<std::thread> workers;
  alignas(64) std::atomic<std::uint64_t> gate{0};
  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) std::int64_t tiles = 0;
  Tile tile = nullptr;
  void* context = nullptr;
  std::atomic<bool> stop{false};
  std::atomic<int> asleep{0};
  std::mutex mutex;
  std::condition_variable wake, done;

  void take_tiles(int worker) {
    for (std::int64_t i = next.fetch_add(1, std::memory_order_relaxed); i < tiles; i = next.fetch_add(1, std::memory_order_relaxed)) {
      tile(context, i, worker);
    }
  }

  // Returns true when there is a job that this worker has not done, or when the pool ends.
  bool called(std::uint64_t seen) const {
    const std::uint64_t g = gate.load();
    return ((g & kOpen) != 0 && g / kNumber != seen) || stop.load();
  }

  void sleep(std::uint64_t seen) {
    std::unique_lock lock(mutex);
    asleep.fetch_add(1); // before the gate is read again: see open()
    wake.wait(lock, [&] { return called(seen); });
    asleep.fetch_sub(1);
  }

  void work(int worker) {
    for (std::uint64_t seen = 0;;) {
      if (!spin_until([&] { return called(seen); })) sleep(seen);
      if (stop.load()) return;
      std::uint64_t g = gate.load();
      while ((g & kOpen) != 0 && !gate.compare_exchange_weak(g, g + 1, std::memory_order_acq_rel)) continue;
      if ((g & kOpen) == 0) continue; // too late
      seen = g / kNumber;
      take_tiles(worker);
      if ((gate.fetch_sub(1, std::memory_order_acq_rel) & (kOpen | kInside)) == 1) { // the last worker to leave a closed gate
        const std::lock_guard lock(mutex);
        done.notify_one();
      }
    }
  }

  // The caller writes the gate, then reads `asleep`.  A worker increments `asleep`, then reads the gate.  All four accesses are sequentially
  // consistent, so either the worker sees the open gate or the caller sees it asleep.  The mutex keeps the notification from falling between the
  // worker's check of the gate and its wait.
  void wake_sleepers() {
    if (asleep.load() == 0) return;
    { const std::lock_guard lock(mutex); }
    wake.notify_all();
  }

  void open() {
    gate.store((gate.load() / kNumber + 1) * kNumber + kOpen); // only the caller writes to a closed, empty gate
    wake_sleepers();
  }

  void close_and_wait() {
    gate.fetch_and(~kOpen, std::memory_order_acq_rel);
    const auto empty = [&] { return (gate.load(std::memory_order_acquire) & kInside) == 0; };
    if (spin_until(empty)) return;
    std::unique_lock lock(mutex);
    done.wait(lock, empty);
  }
};

Pool::Pool(int threads) : state_(new State), threads_(std::max(1, threads)), process_(getpid()) {
  for (int i = 1; i < threads_; i++) state_->workers.emplace_back([this, i] { state_->work(i); });
}

Pool::~Pool() {
  if (getpid() != process_) return; // after fork() there are no threads to join, and a thread object that was not joined cannot be destroyed
  state_->stop.store(true);
  state_->wake_sleepers();
  for (std::thread& t : state_->workers) t.join();
  delete state_;
}

void Pool::for_each(std::int64_t tiles, Tile tile, void* context) {
  State& s = *state_;
  if (threads_ == 1 || tiles <= 1) {
    for (std::int64_t i = 0; i < tiles; i++) tile(context, i, 0);
    return;
  }
  s.tiles = tiles;
  s.tile = tile;
  s.context = context;
  s.next.store(0, std::memory_order_relaxed);
  s.open();
  s.take_tiles(0);
  s.close_and_wait();
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

} // namespace pose
