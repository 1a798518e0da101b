// Feature maps in device memory, for tests of plain device functions.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device_element.h"
#include "tensor/tensor.h"
#include "tests/device/test_device.h"

#include <vector>

namespace pose::device_test {

struct Sizes {
  int h, w;
};

inline float stored(float v, Element e) {
  return e == Element::f16 ? __half2float(__float2half_rn(v)) : v;
}

// A feature map on the device, with the given pitch (0: the smallest).  All values start as NaN, those of lanes after the channels, too.
class MapOnDevice {
public:
  MapOnDevice(Shape shape, Element element, int pitch = 0)
      : map_{nullptr, shape, pitch == 0 ? device_lanes(shape.c) : pitch, element},
        bytes_(std::size_t(map_.pixels()) * std::size_t(map_.pitch) * std::size_t(bytes_of(element)), std::uint8_t(0xff)), device_(bytes_) {
    map_.data = device_.data();
  }
  // Copies the CPU's map, rounded to the element.
  MapOnDevice(View<const float> from, Element element, int pitch = 0) : MapOnDevice(from.shape, element, pitch) {
    const Shape& s = from.shape;
    for (int n = 0; n < s.n; n++) {
      for (int y = 0; y < s.h; y++) {
        for (int x = 0; x < s.w; x++) {
          for (int c = 0; c < s.c; c++) write_element(element, from.at(n, y, x, c), bytes_.data() + index(n, y, x, c));
        }
      }
    }
    Stream stream(gpu());
    stream.copy_in(device_.data(), bytes_.data(), std::int64_t(bytes_.size()));
    stream.synchronize();
  }

  const DeviceMap& map() const { return map_; }
  void download(Stream& stream) { bytes_ = device_.values(stream); }
  float at(int n, int y, int x, int lane) const { // reads the downloaded copy
    return read_element(map_.element, bytes_.data() + index(n, y, x, lane));
  }

private:
  std::size_t index(int n, int y, int x, int lane) const {
    const std::int64_t pixel = (std::int64_t(n) * map_.shape.h + y) * map_.shape.w + x;
    return std::size_t((pixel * map_.pitch + lane) * bytes_of(map_.element)); // in bytes
  }

  DeviceMap map_;
  std::vector<std::uint8_t> bytes_;
  OnDevice<std::uint8_t> device_;
};

} // namespace pose::device_test
