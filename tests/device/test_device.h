// The device under test, arrays in its memory, and the schedules of the emulator.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/emulator/schedule.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pose::device_test {

// Reads $POSE_TEST_DEVICE: `emulated`, which is the default, or the number of a GPU.  Throws Error for anything else, and the errors of Gpu's
// constructor.
Gpu& gpu();
bool is_emulated();

// Calls run(stream) under each schedule of the emulator, or once on a GPU.
template <class F> void under_each_schedule(F run) {
  for (const simt::Schedule& s : simt::kSchedules) {
    simt::use(s);
    Stream stream(gpu());
    run(stream);
    stream.synchronize();
  }
  simt::use({});
}

// Values in device memory, in a buffer of exactly their size.
template <class T> class OnDevice {
public:
  explicit OnDevice(const std::vector<T>& values) : OnDevice(values.size()) {
    if (values.empty()) return; // empty: no source to copy from
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
