// ReorderBuffer: a bounded queue between two pipeline stages that sorts the items by number.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace pose {

// Any number of threads push items 0, 1, 2, ..., each once and in any order.  Items are popped in order.
// A stage that ends must call end_at(), also after an error: it wakes the threads that wait.
template <class T> class ReorderBuffer {
public:
  struct Numbered {
    std::size_t number = 0;
    T item;
  };

  // Holds at most `capacity` (>= 1) items.  Items `end` and later will not come.
  ReorderBuffer(std::size_t capacity, std::size_t end) : capacity_(capacity), end_(end) {}

  // Waits until the item is among the next `capacity` ones.  Returns false, and drops the item, when the queue ends before it.
  bool push(std::size_t number, T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return number >= end_ || number < next_ + capacity_; });
    if (number >= end_) return false;
    items_.emplace(number, std::move(item));
    changed_.notify_all();
    return true;
  }

  // Waits for the next item and returns it; nothing when the queue ends before it.
  std::optional<Numbered> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ >= end_ || items_.count(next_) == 1; });
    if (next_ >= end_) return std::nullopt;
    const auto at = items_.find(next_);
    Numbered result{next_++, std::move(at->second)};
    items_.erase(at);
    changed_.notify_all();
    return result;
  }

  // Ends the queue before item `number`.  Earlier items still pass.
  void end_at(std::size_t number) {
    const std::lock_guard lock(mutex_);
    end_ = std::min(end_, number);
    changed_.notify_all();
  }

private:
  const std::size_t capacity_;
  std::size_t next_ = 0, end_;
  std::map<std::size_t, T> items_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

} // namespace pose
