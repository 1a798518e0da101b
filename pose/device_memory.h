// Reusable memory for uploads and results.  It avoids allocations, each of which synchronizes the whole GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"

#include <bit>
#include <memory>
#include <mutex>
#include <vector>

namespace pose {

// Two buffers of the same size, pinned on the host and on the device, for copies between them.
struct StagingBuffer {
  PinnedBuffer host;
  DeviceBuffer device;

  // Makes both buffers hold at least `bytes`.  Growing discards their contents, so the device must have finished with them.
  void reserve(Gpu& gpu, std::int64_t bytes, const char* what) {
    if (bytes <= host.bytes()) return;
    const std::int64_t room = std::int64_t(std::bit_ceil(std::uint64_t(bytes))); // powers of two: few distinct sizes, few allocations
    host = PinnedBuffer(gpu, room, what);
    device = DeviceBuffer(gpu, room, what);
  }
  template <class T> T* on_host() const { return reinterpret_cast<T*>(host.data()); }
  template <class T> T* on_device() const { return reinterpret_cast<T*>(device.data()); }
};

// Hands out objects, and takes each back when its last shared_ptr is destroyed.  Thread-safe.
template <class T> class ObjectPool {
public:
  // Returns a free object, or make() where none is free.
  template <class Make> std::shared_ptr<T> take(const Make& make) {
    std::unique_ptr<T> item;
    {
      const std::lock_guard lock(free_->mutex);
      if (!free_->items.empty()) {
        item = std::move(free_->items.back());
        free_->items.pop_back();
      }
    }
    if (item == nullptr) item = make();
    return std::shared_ptr<T>(item.release(), [free = free_](T* back) {
      const std::lock_guard lock(free->mutex);
      free->items.emplace_back(back);
    });
  }

private:
  struct Free {
    std::mutex mutex;
    std::vector<std::unique_ptr<T>> items;
  };
  std::shared_ptr<Free> free_ = std::make_shared<Free>();
};

} // namespace pose
