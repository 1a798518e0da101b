// Implements letterbox_device.h: a block computes a tile of the input, a thread one pixel.
// SPDX-License-Identifier: MIT
#include "device/elements.h"
#include "image/letterbox_device.h"

#include <cassert>

// Rows are filtered again for every pixel that needs them, which costs less than keeping them.
// Intrinsics such as __fmul_rn keep the compiler from fusing operations that letterbox.cpp and resize.cpp round separately.
namespace pose {
namespace {

constexpr int kColumns = 32, kRows = 8, kThreads = kColumns * kRows;

__device__ __forceinline__ float unit(std::uint8_t byte) {
  return __fdiv_rn(float(byte), 255.0f);
}

// Samples as resize_bicubic does, rounded to bytes.
struct Bicubic {
  static constexpr const char* kName = "letterbox";

  struct Tap {
    int at[4];
    float weight[4];
  };

  static __device__ double inner(double d) { // ((a + 2) d - (a + 3)) d d + 1 with a = -0.75
    return __dadd_rn(__dmul_rn(__dmul_rn(__dadd_rn(__dmul_rn(1.25, d), -2.25), d), d), 1);
  }
  static __device__ double outer(double d) { // ((a d - 5 a) d + 8 a) d - 4 a
    return __dadd_rn(__dmul_rn(__dadd_rn(__dmul_rn(__dadd_rn(__dmul_rn(-0.75, d), 3.75), d), -6), d), 3);
  }
  static __device__ Tap tap(int d, int from, int to) {
    const double x = __dadd_rn(__dmul_rn(d + 0.5, __ddiv_rn(from, to)), -0.5), whole = floor(x), t = x - whole;
    Tap tap{{}, {float(outer(t + 1)), float(inner(t)), float(inner(1 - t)), float(outer(2 - t))}};
    for (int k = 0; k < 4; k++) {
      const int at = int(whole) + k - 1;
      tap.at[k] = at < 0 ? 0 : at < from ? at : from - 1;
    }
    return tap;
  }

  static __device__ float gray() { return unit(128); }

  // Saturates and rounds half to even, as to_byte of image/pixel.h does.
  static __device__ std::uint8_t to_byte(float v) {
    v = 0 < v ? v : 0;
    v = v < 255 ? v : 255;
    return std::uint8_t(__float_as_uint(__fadd_rn(v, 8388608.0f)));
  }
  static __device__ void sample(const DeviceImage& image, const Tap& across, const Tap& down, float (&rgb)[3]) {
    float sum[3];
    SIMT_UNROLL
    for (int j = 0; j < 4; j++) {
      const std::uint8_t* row = image.bgr + std::int64_t(down.at[j]) * image.w * 3;
      SIMT_UNROLL
      for (int c = 0; c < 3; c++) {
        float line = __fmul_rn(row[across.at[0] * 3 + c], across.weight[0]);
        SIMT_UNROLL
        for (int i = 1; i < 4; i++) line = __fadd_rn(line, __fmul_rn(row[across.at[i] * 3 + c], across.weight[i]));
        const float part = __fmul_rn(line, down.weight[j]);
        sum[c] = j == 0 ? part : __fadd_rn(sum[c], part);
      }
    }
    SIMT_UNROLL
    for (int c = 0; c < 3; c++) rgb[2 - c] = unit(to_byte(sum[c]));
  }
};

// Samples as Darknet's resize_image does: corners aligned; see aligned_taps in letterbox.cpp.
struct Aligned {
  static constexpr const char* kName = "darknet_letterbox";

  struct Tap {
    int at, next;
    float t;
  };

  static __device__ Tap tap(int d, int from, int to) {
    if (d == to - 1) return {from - 1, from - 1, 0};
    const float x = __fmul_rn(float(d), __fdiv_rn(float(from - 1), float(to - 1)));
    const int at = int(x) < from ? int(x) : from - 1;
    return {at, at + 1 < from ? at + 1 : from - 1, __fadd_rn(x, -float(at))};
  }

  static __device__ float gray() { return 0.5f; }

  static __device__ float between(float a, float b, float t) { return __fadd_rn(__fmul_rn(1 - t, a), __fmul_rn(t, b)); }
  static __device__ void sample(const DeviceImage& image, const Tap& across, const Tap& down, float (&rgb)[3]) {
    const std::uint8_t* upper = image.bgr + std::int64_t(down.at) * image.w * 3;
    const std::uint8_t* lower = image.bgr + std::int64_t(down.next) * image.w * 3;
    const int at = across.at * 3, next = across.next * 3;
    SIMT_UNROLL
    for (int c = 0; c < 3; c++) {
      rgb[2 - c] = between(between(unit(upper[at + c]), unit(upper[next + c]), across.t),
                           between(unit(lower[at + c]), unit(lower[next + c]), across.t), down.t);
    }
  }
};

template <class Rule> struct Tile { typename Rule::Tap across[kColumns], down[kRows]; };

template <class T, class Rule>
__global__ void __launch_bounds__(kThreads) letterbox_kernel(DeviceImage image, LetterboxGeometry g, T* input, int h, int w, int pitch) {
  Tile<Rule>& tile = simt::shared<Tile<Rule>>();
  const int i = int(threadIdx.x), column = i % kColumns, row = i / kColumns;
  // Position of the tile in pixels of the resized image.
  const int left = int(blockIdx.x) * kColumns - g.left, top = int(blockIdx.y) * kRows - g.top;
  if (i < kColumns && 0 <= left + i && left + i < g.new_w) tile.across[i] = Rule::tap(left + i, image.w, g.new_w);
  if (i < kRows && 0 <= top + i && top + i < g.new_h) tile.down[i] = Rule::tap(top + i, image.h, g.new_h);
  __syncthreads();
  const int x = left + column, y = top + row;
  if (x + g.left >= w || y + g.top >= h) return;
  float rgb[3] = {Rule::gray(), Rule::gray(), Rule::gray()};
  if (0 <= x && x < g.new_w && 0 <= y && y < g.new_h) Rule::sample(image, tile.across[column], tile.down[row], rgb);
  const float v[kDeviceLanes] = {rgb[0], rgb[1], rgb[2]};
  simt::store8(input + (std::int64_t(y + g.top) * w + x + g.left) * pitch, v);
}

template <class Rule> void enqueue(const DeviceImage& image, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream) {
  const Shape& s = input.shape;
  assert(s.c == 3 && 0 <= n && n < s.n);
  simt::with_element(input.element, [&]<class T>(T) {
    const dim3 grid(unsigned((s.w + kColumns - 1) / kColumns), unsigned((s.h + kRows - 1) / kRows));
    simt::launch(Rule::kName, letterbox_kernel<T, Rule>, grid, kThreads, sizeof(Tile<Rule>), stream, image, geometry,
                 input.as<T>() + std::int64_t(n) * s.h * s.w * input.pitch, s.h, s.w, input.pitch);
  });
}

} // namespace

void enqueue_letterbox(const DeviceImage& image, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream) {
  enqueue<Bicubic>(image, geometry, input, n, stream);
}

void enqueue_darknet_letterbox(const DeviceImage& image, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream) {
  enqueue<Aligned>(image, geometry, input, n, stream);
}

} // namespace pose
