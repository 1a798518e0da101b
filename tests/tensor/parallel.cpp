// Tests that every tile runs once, for any number of threads and tiles, also when workers start late.
// SPDX-License-Identifier: MIT
#include "tensor/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

using namespace pose;

namespace {

// Runs jobs of changing size in quick succession, so that late workers meet the next job.  Returns how many tiles did not run exactly once.  The
// counters are not atomic, so that ThreadSanitizer detects a tile that runs twice, or a job that is read after its end.
int hammer(Pool& pool, int jobs) {
  int wrong = 0;
  for (int job = 0; job < jobs; job++) {
    constexpr int kSizes[] = {0, 1, 2, 3, 17, 2, 64, 1000};
    std::vector<int> runs(std::size_t(kSizes[job % 8]), 0);
    auto body = [&runs](std::int64_t i, int) { runs[std::size_t(i)]++; };
    parallel_for(pool, std::int64_t(runs.size()), body);
    for (int r : runs) wrong += r != 1;
  }
  return wrong;
}

} // namespace

TEST_CASE("for_each runs every tile exactly once on a valid worker") {
  for (int threads : {1, 2, 3, 8}) {
    Pool pool(threads);
    CHECK(pool.threads() == threads);
    for (int tiles : {0, 1, 2, 7, 1000}) {
      for (int repeat = 0; repeat < 50; repeat++) {
        std::vector<std::atomic<int>> seen(std::size_t(tiles) + 1);
        std::atomic<int> bad{0};
        auto body = [&](std::int64_t i, int worker) {
          seen[std::size_t(i)]++;
          if (worker < 0 || worker >= threads) bad++;
        };
        parallel_for(pool, tiles, body);
        CHECK(bad == 0);
        int wrong = 0;
        for (int i = 0; i < tiles; i++) wrong += seen[std::size_t(i)] != 1;
        CHECK(wrong == 0);
        CHECK(seen[std::size_t(tiles)] == 0);
      }
    }
  }
}

TEST_CASE("a pool has at least one thread") {
  CHECK(Pool(0).threads() == 1);
  CHECK(available_threads() >= 1);
}

TEST_CASE("many small jobs run with more threads than cores") {
  for (int threads : {2, 3, 8}) {
    Pool pool(threads);
    CHECK(hammer(pool, 4000) == 0);
  }
}

TEST_CASE("jobs run before all workers have started, and pools end while workers sleep or spin") {
  for (int repeat = 0; repeat < 100; repeat++) {
    Pool pool(4);
    CHECK(hammer(pool, repeat % 4) == 0);
    if (repeat % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2)); // they sleep
  }
}

TEST_CASE("sleeping workers wake up for the next job") {
  Pool pool(2);
  std::atomic<int> helped{0};
  for (int repeat = 0; repeat < 20; repeat++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic<int> met{0};
    auto meet = [&](std::int64_t, int worker) { // each tile waits for the other one: both threads run, or a second passes
      met++;
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
      while (met < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      if (worker == 1) helped++;
    };
    parallel_for(pool, 2, meet);
  }
  CHECK(helped == 20);
}

TEST_CASE("several pools run at once, each with a separate caller") {
  std::vector<int> wrong(4, -1);
  std::vector<std::thread> callers;
  for (int& w : wrong) {
    callers.emplace_back([&w] {
      Pool pool(2);
      w = hammer(pool, 1000);
    });
  }
  for (std::thread& t : callers) t.join();
  CHECK(std::accumulate(wrong.begin(), wrong.end(), 0) == 0);
}

TEST_CASE("different threads use one pool in turn") {
  Pool pool(3);
  int wrong = 0;
  for (int repeat = 0; repeat < 20; repeat++) std::thread([&] { wrong += hammer(pool, 100); }).join();
  CHECK(wrong == 0);
}

TEST_CASE("a tile may use another pool") {
  Pool outer(3);
  std::vector<int> wrong(12, -1);
  auto body = [&](std::int64_t i, int) {
    Pool inner(2);
    wrong[std::size_t(i)] = hammer(inner, 50);
  };
  parallel_for(outer, std::int64_t(wrong.size()), body);
  CHECK(std::accumulate(wrong.begin(), wrong.end(), 0) == 0);
}

TEST_CASE("a job waits for a worker with a long tile") {
  Pool pool(4);
  for (int repeat = 0; repeat < 20; repeat++) {
    std::vector<int> slept(8, 0);
    auto body = [&](std::int64_t i, int) {
      std::this_thread::sleep_for(std::chrono::microseconds(i % 3 * 300));
      slept[std::size_t(i)]++;
    };
    parallel_for(pool, std::int64_t(slept.size()), body);
    CHECK(std::accumulate(slept.begin(), slept.end(), 0) == 8);
  }
}
