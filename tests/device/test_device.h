// The device under test, arrays in its memory, and the orders in which the emulator does things.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/emulator/schedule.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pose::device_test {

// $POSE_TEST_DEVICE: `emulated`, which is the default, or the number of a GPU.  Throws Error for anything else, and what Gpu's constructor throws.
Gpu& gpu();
bool is_emulated();

// run(stream) under each schedule of the emulator; a GPU has its own.
template <class F> void under_each_schedule(F run) {
  for (const simt::Schedule& s : simt::kSchedules) {
    simt::use(s);
    Stream stream(gpu());
    run(stream);
    stream.synchronize();
  }
  simt::use({});
}

// Values in device memory, exactly as large as they are.
template <class T> class OnDevice {
public:
  explicit OnDevice(const std::vector<T>& values) : OnDevice(values.size()) {
    if (values.empty()) return; // there is nothing to copy from
    Stream stream(gpu());
    stream.copy_in(buffer_.data(), values.data(), bytes());
    stream.synchronize();
  }
  explicit OnDevice(std::size_t count) : count_(count), buffer_(gpu(), bytes(), "values of the tests") {} // undefined
  T* data() const { return reinterpret_cast<T*>(buffer_.data()); }
  std::vector<T> values(Stream& stream) const {
    std::vector<T> v(count_);
    if (!v.empty()) stream.copy_out(v.data(), buffer_.data(), bytes());
    stream.synchronize();
    return v;
  }

private:
  std::int64_t bytes() const { return std::int64_t(count_ * sizeof(T)); }

  std::size_t count_;
  DeviceBuffer buffer_;
};

} // namespace pose::device_test
