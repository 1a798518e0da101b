// Shape and View: the sizes and the memory layout of a feature map.  Plain data, safe to include in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// Inlined even in debug builds: a file compiled for AVX2 must not define a weak copy that the linker could pick (CONTRIBUTING.md).
#if defined(__CUDACC__)
#define POSE_INLINE __host__ __device__ __forceinline__
#else
#define POSE_INLINE [[gnu::always_inline]] inline
#endif

namespace pose {

inline constexpr int kLanes = 16;     // channels in a block
inline constexpr int kAlignment = 64; // bytes; alignment of all buffers of this project

// n images of h x w pixels with c channels.
struct Shape {
  int n = 0, h = 0, w = 0, c = 0;

  POSE_INLINE std::int64_t count() const { return std::int64_t(n) * h * w * c; }
  POSE_INLINE int blocks() const { return (c + kLanes - 1) / kLanes; }
  POSE_INLINE bool operator==(const Shape& o) const { return n == o.n && h == o.h && w == o.w && c == o.c; }
};

// A non-owning view of a feature map.  Element (n, y, x, c) is
//     data[n * image + (c / 16) * block + y * row + x * pixel + c % 16].
//
// Three layouts use the same formula:
//   blocked  pixel = 16: [n][ceil(c/16)][h + 2*halo][w + 2*halo][16].  Every CPU kernel reads and writes it.
//            Lanes >= c of the last block are zero.  data points at pixel (0, 0).  The halo has `halo` pixels on each
//            side of every row and column.  It is readable and zero, so kernels need no border code.
//   compact  pixel = c < 16, block unused: [n][h + 2*halo][w + 2*halo][c], graph inputs only (3 channels, not 16).
//   rows     pixel = c, block = 16, halo = 0: plain [n][h][w][c], the output of heads ([n][1][boxes][attributes]).
// A channel slice that starts at a multiple of 16 is a view of the same kind.  This is why concat can be free.
template <class T> struct View {
  T* data = nullptr;
  Shape shape;
  std::int64_t image = 0, block = 0, row = 0, pixel = 0; // strides in elements
  int halo = 0;

  POSE_INLINE T& at(int n, int y, int x, int c) const { return data[n * image + (c / kLanes) * block + y * row + x * pixel + c % kLanes]; }
  POSE_INLINE T* pixel_ptr(int n, int b, int y, int x) const { return data + n * image + b * block + y * row + x * pixel; }
  POSE_INLINE bool blocked() const { return pixel == kLanes; }
  POSE_INLINE bool rows() const { return block == kLanes && pixel == shape.c; }
  POSE_INLINE operator View<const T>() const { return {data, shape, image, block, row, pixel, halo}; }
};

enum class Layout { blocked, compact, rows };

// Returns the strides of a map of this shape and layout; data is null.  Rows are not padded beyond the halo.
POSE_INLINE View<float> layout_of(Shape s, Layout layout, int halo = 0) {
  View<float> v;
  v.shape = s;
  v.halo = halo;
  v.pixel = layout == Layout::blocked ? kLanes : s.c;
  v.row = v.pixel * (s.w + 2 * halo);
  const std::int64_t plane = v.row * (s.h + 2 * halo);
  v.block = layout == Layout::blocked ? plane : kLanes;
  v.image = layout == Layout::blocked ? plane * s.blocks() : plane;
  return v;
}

// Returns the number of floats from the first halo element to the last one, for v.shape.n images that are not a slice of a larger map.
POSE_INLINE std::int64_t floats_of(const View<float>& v) {
  return v.image * v.shape.n;
}

// Returns the offset in floats of pixel (0, 0) from the start of the allocation.
POSE_INLINE std::int64_t origin_of(const View<float>& v) {
  return v.halo * (v.row + v.pixel);
}

} // namespace pose
