// Implements crop_device.h: a block computes a tile of one crop, a thread every eighth row of a column.
// SPDX-License-Identifier: MIT
#include "device/elements.h"
#include "image/crop_device.h"

#include <cassert>

// Intrinsics such as __fmul_rn keep the compiler from fusing operations that crop.cpp rounds separately.
namespace pose {
namespace {

constexpr int kColumns = 32, kRows = 16, kThreads = 256;
constexpr int kDropped = 5; // see crop.cpp
constexpr std::int64_t kRound = 16;

struct Normalize {
  float mean[3], std[3];
};

struct Tile {
  std::int64_t column_x[kColumns], column_y[kColumns], row_x[kRows], row_y[kRows]; // parts of a source position, in 1/1024 pixel
  float number[3][256];                                                            // the value of each byte, for R, G, B
};

__device__ __forceinline__ std::int64_t fixed_point(double pixels) {
  constexpr double kFar = 1ll << 40;
  const double v = pixels * 1024;
  if (v != v) return 0;
  return std::int64_t(rint(v < -kFar ? -kFar : v > kFar ? kFar : v));
}

__device__ void prepare(Tile& tile, const DeviceCrop& crop, const Normalize& normalize, int x0, int y0) {
  const int i = int(threadIdx.x);
  const double* m = crop.to_image;
  if (i < kColumns) {
    tile.column_x[i] = fixed_point(__dmul_rn(m[0], x0 + i));
    tile.column_y[i] = fixed_point(__dmul_rn(m[3], x0 + i));
  }
  if (i < kRows) {
    tile.row_x[i] = fixed_point(__dadd_rn(__dmul_rn(m[1], y0 + i), m[2])) + kRound;
    tile.row_y[i] = fixed_point(__dadd_rn(__dmul_rn(m[4], y0 + i), m[5])) + kRound;
  }
  for (int v = i; v < 256; v += kThreads) {
    const float value = crop.divide ? __fdiv_rn(float(v), 255.0f) : float(v);
    for (int c = 0; c < 3; c++) tile.number[c][v] = __fdiv_rn(__fadd_rn(value, -normalize.mean[c]), normalize.std[c]);
  }
}

// Reads R, G, B of a pixel; 0 outside the box.
__device__ __forceinline__ void read(const Tile& tile, const DeviceCrop& crop, int x, int y, float (&rgb)[3]) {
  const bool inside = crop.left <= x && x <= crop.right && crop.top <= y && y <= crop.bottom;
  const std::uint8_t* bgr = crop.image.bgr + (inside ? (std::int64_t(y) * crop.image.w + x) * 3 : 0);
  SIMT_UNROLL
  for (int c = 0; c < 3; c++) rgb[c] = inside ? tile.number[c][bgr[2 - c]] : 0.0f;
}

// Interpolates at position (x, y), in 1/32 pixel.
__device__ __forceinline__ void bilinear(const Tile& tile, const DeviceCrop& crop, std::int64_t x, std::int64_t y, float (&rgb)[3]) {
  rgb[0] = rgb[1] = rgb[2] = 0;
  if ((x >> 5) + 1 < crop.left || x >> 5 > crop.right || (y >> 5) + 1 < crop.top || y >> 5 > crop.bottom) return;
  const int ix = int(x >> 5), iy = int(y >> 5);
  const float fx = float(int(x & 31)) / 32, fy = float(int(y & 31)) / 32;
  const float weight[4] = {(1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx}; // exact
  SIMT_UNROLL
  for (int k = 0; k < 4; k++) {
    float p[3];
    read(tile, crop, ix + k % 2, iy + k / 2, p);
    SIMT_UNROLL
    for (int c = 0; c < 3; c++) {
      const float product = __fmul_rn(p[c], weight[k]);
      rgb[c] = k == 0 ? product : __fadd_rn(rgb[c], product);
    }
  }
}

// Interpolates bytes at position (x, y), in 1/32 pixel, and rounds to a byte.
__device__ __forceinline__ void rounded(const Tile& tile, const DeviceCrop& crop, std::int64_t x, std::int64_t y, float (&rgb)[3]) {
  const int fx = int(x & 31), fy = int(y & 31);
  const int weight[4] = {(32 - fy) * (32 - fx), (32 - fy) * fx, fy * (32 - fx), fy * fx};
  int sum[3] = {};
  SIMT_UNROLL
  for (int k = 0; k < 4; k++) {
    const std::int64_t ix = (x >> 5) + k % 2, iy = (y >> 5) + k / 2;
    if (ix < crop.left || ix > crop.right || iy < crop.top || iy > crop.bottom) continue;
    const std::uint8_t* bgr = crop.image.bgr + (iy * crop.image.w + ix) * 3;
    for (int c = 0; c < 3; c++) sum[c] += weight[k] * bgr[2 - c];
  }
  for (int c = 0; c < 3; c++) rgb[c] = tile.number[c][(sum[c] + 512) / 1024];
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    crop_kernel(const DeviceCrop* crops, Normalize normalize, bool mirrored, T* input, int h, int w, int pitch) {
  Tile& tile = simt::shared<Tile>();
  const DeviceCrop crop = crops[blockIdx.z];
  const int x0 = int(blockIdx.x) * kColumns, y0 = int(blockIdx.y) * kRows, column = int(threadIdx.x) % kColumns, x = x0 + column;
  prepare(tile, crop, normalize, x0, y0);
  __syncthreads();
  if (x >= w) return;
  for (int row = int(threadIdx.x) / kColumns; row < kRows && y0 + row < h; row += kThreads / kColumns) {
    float v[kDeviceLanes] = {}, rgb[3];
    const std::int64_t at_x = (tile.row_x[row] + tile.column_x[column]) >> kDropped, at_y = (tile.row_y[row] + tile.column_y[column]) >> kDropped;
    if (crop.bytes) {
      rounded(tile, crop, at_x, at_y, rgb);
    } else {
      bilinear(tile, crop, at_x, at_y, rgb);
    }
    v[0] = rgb[0], v[1] = rgb[1], v[2] = rgb[2];
    const std::int64_t line = std::int64_t(blockIdx.z) * h + y0 + row;
    simt::store8(input + (line * w + x) * pitch, v);
    if (mirrored) simt::store8(input + ((line + std::int64_t(gridDim.z) * h) * w + w - 1 - x) * pitch, v);
  }
}

} // namespace

DeviceCrop device_crop(const DeviceImage& image, const CropGeometry& geometry, bool divide) {
  DeviceCrop crop;
  crop.image = image;
  for (std::size_t i = 0; i < 6; i++) crop.to_image[i] = geometry.to_image[i];
  crop.left = geometry.u0 > 0 ? geometry.u0 : 0;
  crop.top = geometry.v0 > 0 ? geometry.v0 : 0;
  crop.right = geometry.u1 < image.w ? geometry.u1 : image.w - 1;
  crop.bottom = geometry.v1 < image.h ? geometry.v1 : image.h - 1;
  crop.divide = divide;
  crop.bytes = geometry.bytes;
  return crop;
}

void enqueue_crops(const DeviceCrop* crops, int count, const CropNormalize& normalize, bool mirrored, const DeviceMap& input, StreamHandle stream) {
  const Shape& s = input.shape;
  assert(s.c == 3 && (mirrored ? 2 : 1) * count <= s.n);
  if (count == 0) return;
  Normalize n;
  for (std::size_t c = 0; c < 3; c++) n.mean[c] = normalize.mean[c], n.std[c] = normalize.std[c];
  simt::with_element(input.element, [&]<class T>(T) {
    const dim3 grid(unsigned((s.w + kColumns - 1) / kColumns), unsigned((s.h + kRows - 1) / kRows), unsigned(count));
    simt::launch("crop", crop_kernel<T>, grid, kThreads, sizeof(Tile), stream, crops, n, mirrored, input.as<T>(), s.h, s.w, input.pitch);
  });
}

} // namespace pose
