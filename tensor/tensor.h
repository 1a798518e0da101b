// Buffer: aligned memory.  Tensor: a feature map that owns its memory.  Conversion to and from dense NCHW.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstddef>
#include <span>

namespace pose {

// Zero-filled, 64-byte aligned pages from the system, huge pages where available.  Untouched pages use no memory.
class Buffer {
public:
  Buffer() = default;
  explicit Buffer(std::int64_t floats); // throws an Error with the size when the system has no memory
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::int64_t floats() const { return floats_; }
  std::span<float> span() { return {data_, std::size_t(floats_)}; }

private:
  float* data_ = nullptr;
  std::int64_t floats_ = 0;
};

// Returns the whole pages inside the range to the system.  On the next access, a mapped file is read again and other memory is zero.  Use it only for
// data that is no longer needed.
void discard_pages(std::span<const std::byte> bytes);
void discard_pages(const float* data, std::int64_t floats);

class Tensor {
public:
  Tensor() = default;
  explicit Tensor(Shape shape, Layout layout = Layout::blocked, int halo = 0);

  const Shape& shape() const { return view_.shape; }
  View<float> view() { return view_; }
  View<const float> view() const { return view_; }

private:
  Buffer buffer_;
  View<float> view_;
};

// Copies between dense float32 [n, c, h, w] and any view.  from_nchw zeroes the padding lanes, never the halo.
void from_nchw(const float* nchw, View<float> to);
void to_nchw(View<const float> from, float* nchw);

// Writes zeros to the halo of every image and block of v.
void zero_halo(View<float> v);

} // namespace pose
