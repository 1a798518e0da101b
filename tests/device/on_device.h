// Feature maps in device memory, for tests of plain device functions.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/simt/half.h"
#include "tensor/tensor.h"
#include "tests/device/test_device.h"

#include <cstring>
#include <vector>

namespace pose::device_test {

inline float stored(float v, Element e) {
  return e == Element::f16 ? __half2float(__float2half_rn(v)) : v;
}

// A feature map on the device, pitch as given (0: the least).  It starts as NaN, lanes beyond the channels, too.
class MapOnDevice {
public:
  MapOnDevice(Shape shape, Element element, int pitch = 0)
      : map_{nullptr, shape, pitch == 0 ? device_lanes(shape.c) : pitch, element},
        bytes_(std::size_t(map_.pixels()) * std::size_t(map_.pitch) * std::size_t(bytes_of(element)), std::uint8_t(0xff)), device_(bytes_) {
    map_.data = device_.data();
  }
  // Holds what the CPU's map holds, rounded to the element.
  MapOnDevice(View<const float> from, Element element, int pitch = 0) : MapOnDevice(from.shape, element, pitch) {
    const Shape& s = from.shape;
    for (int n = 0; n < s.n; n++) {
      for (int y = 0; y < s.h; y++) {
        for (int x = 0; x < s.w; x++) {
          for (int c = 0; c < s.c; c++) put(index(n, y, x, c), from.at(n, y, x, c));
        }
      }
    }
    Stream stream(gpu());
    stream.copy_in(device_.data(), bytes_.data(), std::int64_t(bytes_.size()));
    stream.synchronize();
  }

  const DeviceMap& map() const { return map_; }
  void download(Stream& stream) { bytes_ = device_.values(stream); }
  float at(int n, int y, int x, int lane) const { // of what was downloaded
    const std::size_t i = index(n, y, x, lane);
    if (map_.element == Element::f16) {
      half h;
      std::memcpy(&h, bytes_.data() + 2 * i, 2);
      return __half2float(h);
    }
    float f;
    std::memcpy(&f, bytes_.data() + 4 * i, 4);
    return f;
  }

private:
  std::size_t index(int n, int y, int x, int lane) const {
    const std::int64_t pixel = (std::int64_t(n) * map_.shape.h + y) * map_.shape.w + x;
    return std::size_t(pixel * map_.pitch + lane);
  }
  void put(std::size_t i, float v) {
    const half h = __float2half_rn(v);
    if (map_.element == Element::f16)
      std::memcpy(bytes_.data() + 2 * i, &h, 2);
    else
      std::memcpy(bytes_.data() + 4 * i, &v, 4);
  }

  DeviceMap map_;
  std::vector<std::uint8_t> bytes_;
  OnDevice<std::uint8_t> device_;
};

} // namespace pose::device_test
