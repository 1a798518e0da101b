// Tests ReorderBuffer and Pipeline: order, bounds, and an end after any failure.
// SPDX-License-Identifier: MIT
#include "pose/pipeline_stages.h"
#include "pose/reorder_buffer.h"
#include "tests/error_of.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <new>
#include <string>

using namespace pose;
using namespace pose;
using pose::testing::error_of;

namespace {

struct Job {
  std::size_t number = 0;
  std::unique_ptr<int> value; // never copied
};

// Pauses, so that the threads run out of step.
void dawdle(std::size_t number) {
  std::this_thread::sleep_for(std::chrono::microseconds(number * 7919 % 5 * 100));
}

// Returns work that squares numbers; `reported` gets the results as they arrive.
Work<Job> squares(std::size_t count, int threads, int batch, std::vector<int>& reported) {
  Work<Job> work;
  work.count = count;
  work.readers = work.writers = threads;
  work.batch = batch;
  work.read = [](std::size_t n) {
    dawdle(n);
    return Job{n, std::make_unique<int>(int(n))};
  };
  work.compute = [batch](std::vector<Job>& jobs) {
    if (jobs.empty() || int(jobs.size()) > batch) fail("bad batch of {}", jobs.size());
    for (Job& job : jobs) *job.value *= int(job.number);
  };
  work.write = [](Job& job) {
    dawdle(job.number + 3);
    *job.value += 1;
  };
  work.report = [&reported](Job& job) { reported.push_back(*job.value); };
  return work;
}

std::vector<int> first_squares(std::size_t count) {
  std::vector<int> values;
  for (std::size_t i = 0; i < count; i++) values.push_back(int(i * i) + 1);
  return values;
}

} // namespace

TEST_CASE("a queue returns items in order, independent of the threads that add them") {
  ReorderBuffer<int> queue(3, 1000);
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> producers;
  for (int i = 0; i < 4; i++) {
    producers.emplace_back([&] {
      for (std::size_t n = next++; n < 1000; n = next++) queue.push(n, int(n));
    });
  }
  int wrong = 0;
  for (int i = 0; i < 1000; i++) {
    const auto item = queue.pop();
    wrong += !item || item->item != i || item->number != std::size_t(i);
  }
  for (std::thread& t : producers) t.join();
  CHECK(wrong == 0);
  CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("a queue is bounded: an item waits until it is among the next ones") {
  ReorderBuffer<int> queue(2, 10);
  CHECK(queue.push(1, 1));
  CHECK(queue.push(0, 0));
  std::atomic<bool> in{false};
  std::thread producer([&] {
    queue.push(2, 2);
    in = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_FALSE(in.load());
  CHECK(queue.pop()->item == 0);
  producer.join();
  CHECK(queue.pop()->item == 1);
  CHECK(queue.pop()->item == 2);
}

TEST_CASE("the end of a queue wakes all threads; earlier items are still returned") {
  ReorderBuffer<int> queue(1, 100);
  std::thread producer([&] { CHECK_FALSE(queue.push(50, 0)); });
  std::thread consumer([&] {
    CHECK(queue.pop()->item == 7);
    CHECK_FALSE(queue.pop().has_value());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  queue.end_at(1);
  CHECK(queue.push(0, 7));
  producer.join();
  consumer.join();
  queue.end_at(20); // the end never moves to a later item
  CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("a source of unknown length ends the jobs") {
  for (std::size_t count : {0, 1, 7}) {
    std::vector<int> reported;
    Work<Job> work = squares(0, 1, 2, reported);
    work.count = Work<Job>().count;
    work.waiting = 1;
    work.read = [read = work.read, count](std::size_t n) { return n < count ? read(n) : std::nullopt; };
    Pipeline<Job>::run(work);
    CHECK(reported == first_squares(count));
  }
}

TEST_CASE("all jobs are reported once and in order") {
  for (int threads : {1, 2, 5}) {
    for (int batch : {1, 3, 16}) {
      for (std::size_t count : {0, 1, 2, 40}) {
        std::vector<int> reported;
        Pipeline<Job>::run(squares(count, threads, batch, reported));
        CHECK(reported == first_squares(count));
      }
    }
  }
}

TEST_CASE("a stage that fails ends all others, and its error is thrown") {
  for (int threads : {1, 3}) {
    for (std::size_t bad : {0, 1, 20, 39}) {
      const auto error_with = [&](const std::function<void(Work<Job>&)>& poison) {
        std::vector<int> reported;
        Work<Job> work = squares(40, threads, 2, reported);
        poison(work);
        std::string error = error_of([&] { Pipeline<Job>::run(work); });
        const std::vector<int> all = first_squares(reported.size());
        CHECK(reported == all); // the first ones, in order
        return error;
      };
      const auto fail_at = [bad](std::size_t n, const char* what) {
        if (n == bad) fail("{}", what);
      };
      CHECK(error_with([&](Work<Job>& w) {
              w.read = [&](std::size_t n) { return fail_at(n, "read"), Job{n, std::make_unique<int>(int(n))}; };
            }) == "read");
      CHECK(error_with([&](Work<Job>& w) { w.write = [&, old = w.write](Job& job) { fail_at(job.number, "write"), old(job); }; }) == "write");
      CHECK(error_with([&](Work<Job>& w) { w.report = [&, old = w.report](Job& job) { fail_at(job.number, "report"), old(job); }; }) == "report");
    }
  }
}

TEST_CASE("results computed before the networks failed are written and reported") {
  for (int threads : {1, 3}) {
    std::vector<int> reported;
    Work<Job> work = squares(40, threads, 4, reported);
    work.compute = [old = work.compute](std::vector<Job>& jobs) {
      if (jobs[0].number == 20) fail("no more");
      old(jobs);
    };
    CHECK(error_of([&] { Pipeline<Job>::run(work); }) == "no more");
    CHECK(reported == first_squares(20));
  }
}

TEST_CASE("a job that cannot be passed on ends the run, as where memory runs out") {
  struct Heavy {
    std::size_t number = 0;
    bool computed = false;

    explicit Heavy(std::size_t n) : number(n) {}
    Heavy(Heavy&& other) : number(other.number), computed(other.computed) {
      if (computed && number == 2) throw std::bad_alloc();
    }
    Heavy& operator=(Heavy&&) = delete;
  };
  std::size_t reported = 0;
  Work<Heavy> work;
  work.count = 10;
  work.read = [](std::size_t n) { return std::optional<Heavy>(std::in_place, n); };
  work.compute = [](std::vector<Heavy>& jobs) { jobs[0].computed = true; };
  work.write = [](Heavy&) {};
  work.report = [&](Heavy&) { reported++; };
  CHECK_THROWS_AS(Pipeline<Heavy>::run(work), std::bad_alloc);
  CHECK(reported == 2);
}

TEST_CASE("when stopped, jobs already read are finished and no further job is read") {
  for (int threads : {1, 3}) {
    std::vector<int> reported;
    std::atomic<std::size_t> reads{0};
    Work<Job> work = squares(1000, threads, 1, reported);
    work.stop = [&] { return reads >= 30; };
    work.read = [&, old = work.read](std::size_t n) {
      reads++;
      return old(n);
    };
    Pipeline<Job>::run(work);
    CHECK(reported == first_squares(reads));
    CHECK(reads < 30 + 2 * std::size_t(threads));
  }
}
