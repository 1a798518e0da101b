// The thread pool behind parallel_for.
// SPDX-License-Identifier: MIT
#include "tensor/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace pose {
namespace {

constexpr int kSpins = 2000; // some ten microseconds: longer than the gap between two layers, shorter than a time slice

inline void relax() {
  __builtin_ia32_pause();
}

} // namespace

// A job is published by bumping `epoch`; `next` hands out its tiles, `running` counts workers that still hold it.
// A worker joins only under the mutex-free protocol: it reads epoch, works, and decrements running; the caller waits for 0,
// so no worker can see a half-written job.
struct Pool::State {
  std::vector<std::thread> workers;
  std::atomic<std::uint64_t> epoch{0};
  std::atomic<int> running{0};
  std::atomic<std::int64_t> next{0};
  std::int64_t tiles = 0;
  Tile tile = nullptr;
  void* context = nullptr;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable wake, done;

  void take_tiles(int worker) {
    for (std::int64_t i = next.fetch_add(1, std::memory_order_relaxed); i < tiles; i = next.fetch_add(1, std::memory_order_relaxed)) {
      tile(context, i, worker);
    }
  }

  void work(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
      for (int spin = 0; spin < kSpins && epoch.load(std::memory_order_acquire) == seen; spin++) relax();
      if (epoch.load(std::memory_order_acquire) == seen) {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return epoch.load(std::memory_order_acquire) != seen; });
      }
      seen = epoch.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_acquire)) return;
      take_tiles(worker);
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::lock_guard lock(mutex);
        done.notify_one();
      }
    }
  }

  void publish() {
    {
      std::lock_guard lock(mutex);
      epoch.fetch_add(1, std::memory_order_acq_rel);
    }
    wake.notify_all();
  }
};

Pool::Pool(int threads) : state_(new State), threads_(std::max(1, threads)) {
  for (int i = 1; i < threads_; i++) state_->workers.emplace_back([this, i] { state_->work(i); });
}

Pool::~Pool() {
  state_->stop.store(true, std::memory_order_release);
  state_->publish();
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
  s.running.store(threads_ - 1, std::memory_order_relaxed);
  s.publish();
  s.take_tiles(0);
  for (int spin = 0; spin < kSpins && s.running.load(std::memory_order_acquire) != 0; spin++) relax();
  if (s.running.load(std::memory_order_acquire) != 0) {
    std::unique_lock lock(s.mutex);
    s.done.wait(lock, [&] { return s.running.load(std::memory_order_acquire) == 0; });
  }
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

} // namespace pose
