// ByteBudget: bounds the memory of the frames between the stages of a stream.
// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace pose {

// Thread-safe.  A budget must outlive its shares.
class ByteBudget {
  struct Release {
    ByteBudget* budget = nullptr;
    void operator()(const std::size_t* bytes) const {
      {
        const std::lock_guard lock(budget->mutex_);
        budget->used_ -= *bytes;
      }
      budget->changed_.notify_all();
      delete bytes;
    }
  };

public:
  // Returns its bytes to the budget when destroyed.
  using Share = std::unique_ptr<const std::size_t, Release>;

  explicit ByteBudget(std::size_t limit) : limit_(limit) {}

  // Waits until `bytes` fit, or until no share is left: an item above the limit passes alone.
  Share take(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return used_ == 0 || used_ + bytes <= limit_ || ended_; });
    used_ += bytes;
    return Share(new std::size_t(bytes), Release{this});
  }

  // Ends all waits: the stages are about to stop.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }

private:
  const std::size_t limit_;
  std::size_t used_ = 0;
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

} // namespace pose
