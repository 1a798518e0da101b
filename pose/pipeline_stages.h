// Pipeline: the threads of the stages read, compute, write and report, and their common shutdown.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/reorder_buffer.h"

#include <atomic>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace pose {

// The functions of the stages, for jobs 0 ... count - 1.  An exception from any of them stops all stages.
template <class Job> struct Work {
  std::size_t count = std::numeric_limits<std::size_t>::max(); // the default: until read() returns nothing
  std::function<std::optional<Job>(std::size_t number)> read;  // by `readers` threads
  std::function<void(std::vector<Job>&)> compute;              // by one thread, in order, up to `batch` jobs at once
  std::function<void(Job&)> write;                             // by `writers` threads
  std::function<void(Job&)> report;                            // by the calling thread, in order
  std::function<bool()> stop = [] { return false; };           // called before every read; true: read no more, finish the jobs read
  int readers = 1, writers = 1, batch = 1;
  std::size_t waiting = 4; // most jobs between two stages: bounds the memory
};

template <class Job> class Pipeline {
public:
  // Runs all jobs.  After an error in compute, jobs computed before it are still written and reported; then the error is thrown.
  static void run(const Work<Job>& work) {
    Pipeline stages(work);
    stages.start();
    stages.report();
    stages.join();
    if (stages.error_) std::rethrow_exception(stages.error_);
  }

private:
  explicit Pipeline(const Work<Job>& work)
      : work_(work), read_(work.waiting, work.count), computed_(work.waiting, work.count),
        written_(work.waiting + std::size_t(work.writers), work.count) {}
  ~Pipeline() { // ends the other threads where one could not be started
    end_all();
    join();
  }

  void start() {
    for (int i = 0; i < work_.readers; i++) start_one(&Pipeline::read);
    start_one(&Pipeline::compute);
    for (int i = 0; i < work_.writers; i++) start_one(&Pipeline::write);
  }

  void start_one(void (Pipeline::*stage)()) {
    threads_.emplace_back([this, stage] { guarded([&] { (this->*stage)(); }); });
  }

  template <class Body> void guarded(const Body& body) {
    try {
      body();
    } catch (...) {
      keep_error();
      end_all();
    }
  }

  void keep_error() {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }

  void end_all() {
    read_.end_at(0);
    computed_.end_at(0);
    written_.end_at(0);
  }

  void join() {
    for (std::thread& t : threads_) t.join();
    threads_.clear();
  }

  void read() {
    for (;;) {
      const std::size_t number = next_++;
      if (number >= work_.count || work_.stop()) return read_.end_at(number);
      std::optional<Job> job = work_.read(number);
      if (!job) return read_.end_at(number);
      if (!read_.push(number, std::move(*job))) return;
    }
  }

  void compute() {
    std::size_t done = 0;
    try {
      for (bool open = true; open;) {
        std::vector<Job> batch;
        while (open && int(batch.size()) < work_.batch) {
          std::optional<typename ReorderBuffer<Job>::Numbered> job = read_.pop();
          open = job.has_value();
          if (open) batch.push_back(std::move(job->item));
        }
        if (!batch.empty()) work_.compute(batch);
        for (Job& job : batch) {
          open = computed_.push(done, std::move(job)) && open;
          done++; // after push(), which may find no memory: the next stage must not wait for this job
        }
      }
    } catch (...) {
      keep_error();
    }
    read_.end_at(0);
    computed_.end_at(done);
    written_.end_at(done);
  }

  void write() {
    while (std::optional<typename ReorderBuffer<Job>::Numbered> job = computed_.pop()) {
      work_.write(job->item);
      if (!written_.push(job->number, std::move(job->item))) return;
    }
  }

  void report() {
    guarded([&] {
      while (std::optional<typename ReorderBuffer<Job>::Numbered> job = written_.pop()) work_.report(job->item);
    });
  }

  const Work<Job>& work_;
  ReorderBuffer<Job> read_, computed_, written_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::exception_ptr error_;
};

} // namespace pose
