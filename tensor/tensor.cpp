// Implements tensor.h: page-aligned memory from mmap, and conversion to and from dense NCHW.
// SPDX-License-Identifier: MIT
#include "tensor/tensor.h"

#include "tensor/error.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace pose {

Buffer::Buffer(std::int64_t floats) : floats_(floats) {
  if (floats == 0) return;
  const std::size_t bytes = std::size_t(floats) * sizeof(float);
  void* p = floats < 0 ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) fail("out of memory: {} bytes requested", floats * std::int64_t(sizeof(float)));
  madvise(p, bytes, MADV_HUGEPAGE);
  data_ = static_cast<float*>(p);
}

Buffer::~Buffer() {
  if (data_ != nullptr) munmap(data_, std::size_t(floats_) * sizeof(float));
}

Buffer::Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), floats_(std::exchange(other.floats_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(floats_, other.floats_);
  return *this;
}

void discard_pages(std::span<const std::byte> bytes) {
  static const std::uintptr_t page = std::uintptr_t(sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED); // if the system refuses, this costs memory only
}

void discard_pages(const float* data, std::int64_t floats) {
  discard_pages(std::as_bytes(std::span(data, std::size_t(floats))));
}

Tensor::Tensor(Shape shape, Layout layout, int halo) : view_(layout_of(shape, layout, halo)) {
  buffer_ = Buffer(floats_of(view_));
  view_.data = buffer_.data() + origin_of(view_);
}

void from_nchw(const float* nchw, View<float> to) {
  const Shape s = to.shape;
  const int lanes = to.blocked() ? s.blocks() * kLanes : s.c;
  for (int n = 0; n < s.n; n++) {
    for (int c = 0; c < lanes; c++) {
      for (int y = 0; y < s.h; y++) {
        const float* row = nchw + ((std::int64_t(n) * s.c + c) * s.h + y) * s.w;
        for (int x = 0; x < s.w; x++) to.at(n, y, x, c) = c < s.c ? row[x] : 0.0f;
      }
    }
  }
}

void to_nchw(View<const float> from, float* nchw) {
  const Shape s = from.shape;
  for (int n = 0; n < s.n; n++) {
    for (int c = 0; c < s.c; c++) {
      for (int y = 0; y < s.h; y++) {
        for (int x = 0; x < s.w; x++) *nchw++ = from.at(n, y, x, c);
      }
    }
  }
}

void zero_halo(View<float> v) {
  if (v.halo == 0) return;
  const int blocks = v.blocked() ? v.shape.blocks() : 1;
  const std::int64_t side = v.halo * v.pixel;
  for (int n = 0; n < v.shape.n; n++) {
    for (int b = 0; b < blocks; b++) {
      float* plane = v.pixel_ptr(n, b, 0, 0);
      for (int y = -v.halo; y < v.shape.h + v.halo; y++) {
        float* row = plane + y * v.row - side;
        if (y < 0 || y >= v.shape.h) {
          std::fill_n(row, 2 * side + v.shape.w * v.pixel, 0.0f);
        } else {
          std::fill_n(row, side, 0.0f);
          std::fill_n(row + side + v.shape.w * v.pixel, side, 0.0f);
        }
      }
    }
  }
}

} // namespace pose
