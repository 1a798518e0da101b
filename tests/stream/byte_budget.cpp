// Tests ByteBudget: bounds, order of release, and the end of waits.
// SPDX-License-Identifier: MIT
#include "stream/byte_budget.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using pose::ByteBudget;

TEST_CASE("a share waits until enough bytes were returned") {
  ByteBudget budget(100);
  ByteBudget::Share first = budget.take(60);
  std::atomic<bool> taken{false};
  std::thread other([&] {
    const ByteBudget::Share second = budget.take(50);
    taken = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_FALSE(taken.load());
  first.reset();
  other.join();
  CHECK(taken.load());
}

TEST_CASE("an item above the limit passes alone") {
  ByteBudget budget(10);
  ByteBudget::Share large = budget.take(1000);
  large.reset();
  CHECK(budget.take(5) != nullptr);
}

TEST_CASE("the end of a budget wakes those that wait") {
  ByteBudget budget(10);
  const ByteBudget::Share first = budget.take(10);
  std::thread other([&] { CHECK(budget.take(10) != nullptr); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  budget.end();
  other.join();
}
