// Every tile once, whatever the number of threads and tiles.
// SPDX-License-Identifier: MIT
#include "tensor/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <vector>

using namespace pose;

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
