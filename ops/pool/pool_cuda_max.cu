// CUDA kernels of max_pool: any window, and large stride-1 windows first along rows, then along columns.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"
#include "ops/pool/pool_cuda.h"

namespace pose {
namespace {

// Updates the maximum.  Never replaces a NaN by a number.
template <int N> __device__ __forceinline__ void raise(float (&top)[N], const float (&v)[N]) {
  SIMT_UNROLL
  for (int k = 0; k < N; k++) top[k] = v[k] > top[k] || v[k] != v[k] ? v[k] : top[k];
}

// Starts a maximum with an element of the window, or with 0 when the window extends past the map and such pixels count as 0.
template <int N, class X> __device__ __forceinline__ void begin(float (&top)[N], const X* first, bool zero) {
  simt::load(first, top);
  const float none[N] = {};
  if (zero) raise(top, none);
}

template <int N, class X, class Y>
__global__ void max_pool_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> in, simt::MapOf<Y> out, simt::Divisor out_w, simt::Divisor out_h,
                                MaxPool op, int h, int w) {
  vectors.each([&](std::int64_t pixel, int c) {
    const PixelWindow window = window_of(op, pixel, out_w, out_h, h, w);
    const Window &rows = window.rows, &cols = window.cols;
    float top[N], v[N];
    begin(top, in.at(window.pixel(rows.begin, cols.begin), c), op.outside == Outside::zero && (rows.cut || cols.cut));
    window.each([&](std::int64_t from) {
      simt::load(in.at(from, c), v);
      raise(top, v);
    });
    simt::store(out.at(pixel, c), top);
  });
}

constexpr int kMostKernel = 13, kMostTile = 16, kMostIn = kMostTile + kMostKernel - 1;
constexpr int kThreads = 128;

// Shared memory of a block: its input, and the maxima along the rows; 16 bytes of channels per pixel.
template <class X> struct Tile {
  alignas(16) X in[kMostIn * kMostIn][16 / sizeof(X)];
  alignas(16) X rows[kMostIn * kMostTile][16 / sizeof(X)];
};

// Partition of the output: down * across tiles of tile_h x tile_w pixels with 16 bytes of channels.
struct Cut {
  simt::Divisor vectors, across, down;
  int tile_h, tile_w;
  std::int64_t blocks;
};

// Computes one tile per block.
template <int N, class X, class Y>
__global__ void __launch_bounds__(kThreads)
    max_pool_tile_kernel(simt::MapOf<const X> in, simt::MapOf<Y> out, MaxPool op, Shape from, Shape to, Cut cut) {
  static_assert(N * sizeof(X) == 16);
  auto& tile = simt::shared<Tile<X>>();
  std::int64_t n = blockIdx.x;
  const int c = cut.vectors.split(n) * N, x0 = cut.across.split(n) * cut.tile_w, y0 = cut.down.split(n) * cut.tile_h;
  const int tw = cut.tile_w < to.w - x0 ? cut.tile_w : to.w - x0, th = cut.tile_h < to.h - y0 ? cut.tile_h : to.h - y0;
  const auto rows_of = [&](int y) { return window_at(y, op.kernel_h, 1, op.pad_top, from.h); };
  const auto cols_of = [&](int x) { return window_at(x, op.kernel_w, 1, op.pad_left, from.w); };
  const int iy0 = rows_of(y0).begin, ix0 = cols_of(x0).begin, ih = rows_of(y0 + th - 1).end - iy0, iw = cols_of(x0 + tw - 1).end - ix0;

  for (int i = int(threadIdx.x); i < ih * iw; i += kThreads)
    simt::cp_async16(tile.in[i], in.at((n * from.h + iy0 + i / iw) * from.w + ix0 + i % iw, c), true);
  simt::cp_async_commit();
  simt::cp_async_wait<0>();
  __syncthreads();

  const bool zero = op.outside == Outside::zero;
  float top[N], v[N];
  for (int i = int(threadIdx.x); i < ih * tw; i += kThreads) {
    const Window cols = cols_of(x0 + i % tw);
    const X(*row)[N] = tile.in + i / tw * iw - ix0;
    begin(top, row[cols.begin], zero && cols.cut);
    for (int ix = cols.begin + 1; ix < cols.end; ix++) {
      simt::load(row[ix], v);
      raise(top, v);
    }
    simt::store(tile.rows[i], top);
  }
  __syncthreads();

  for (int i = int(threadIdx.x); i < th * tw; i += kThreads) {
    const int y = y0 + i / tw, x = x0 + i % tw;
    const Window rows = rows_of(y);
    begin(top, tile.rows[(rows.begin - iy0) * tw + i % tw], zero && rows.cut);
    for (int iy = rows.begin + 1; iy < rows.end; iy++) {
      simt::load(tile.rows[(iy - iy0) * tw + i % tw], v);
      raise(top, v);
    }
    simt::store(out.at((n * to.h + y) * to.w + x, c), top);
  }
}

bool accepts(const MaxPool&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const MaxPool& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("max_pool", max_pool_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      simt::Divisor(y.shape.w), simt::Divisor(y.shape.h), op, x.shape.h, x.shape.w);
  });
}

Cut cut_of(const Shape& out, int vectors) {
  const int down = (out.h + kMostTile - 1) / kMostTile, across = (out.w + kMostTile - 1) / kMostTile;
  return {simt::Divisor(vectors),    simt::Divisor(across),         simt::Divisor(down),
          (out.h + down - 1) / down, (out.w + across - 1) / across, std::int64_t(out.n) * down * across * vectors};
}

// Returns whether the tile kernel should be used.  For windows below 5 x 5, reading from the cache is about as fast.
bool accepts_tiles(const MaxPool& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  const DeviceMap& y = maps.out;
  const bool window = op.stride_h == 1 && op.stride_w == 1 && op.kernel_h <= kMostKernel && op.kernel_w <= kMostKernel;
  return window && op.kernel_h * op.kernel_w >= 25 && accepts(op, maps, precision, gpu) &&
         cut_of(y.shape, device_lanes(y.shape.c) / 4).blocks <= 0x7fffffff;
}

void run_tiles(const MaxPool& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    const Cut cut = cut_of(y.shape, device_lanes(y.shape.c) / N);
    simt::launch("max_pool tiles", max_pool_tile_kernel<N, X, Y>, unsigned(cut.blocks), kThreads, sizeof(Tile<X>), call.stream,
                 simt::map_of<const X>(x), simt::map_of<Y>(y), op, x.shape, y.shape, cut);
  });
}

} // namespace

const DeviceKernel<MaxPool> max_pool_cuda_tiles{"cuda_tiles", accepts_tiles, nullptr, nullptr, nullptr, run_tiles};
const DeviceKernel<MaxPool> max_pool_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
