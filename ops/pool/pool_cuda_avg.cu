// CUDA kernels of avg_pool: any window, and the mean of whole maps in one or two steps.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"
#include "ops/pool/pool_cuda.h"

namespace pose {
namespace {

template <int N> __device__ __forceinline__ void accumulate(float (&sum)[N], const float (&v)[N]) {
  SIMT_UNROLL
  for (int k = 0; k < N; k++) sum[k] += v[k];
}

template <int N, class X, class Y>
__global__ void avg_pool_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> in, simt::MapOf<Y> out, simt::Divisor out_w, simt::Divisor out_h,
                                AvgPool op, int h, int w) {
  vectors.each([&](std::int64_t pixel, int c) {
    const PixelWindow window = window_of(op, pixel, out_w, out_h, h, w);
    float sum[N] = {}, v[N];
    window.each([&](std::int64_t from) {
      simt::load(in.at(from, c), v);
      accumulate(sum, v);
    });
    const Window &rows = window.rows, &cols = window.cols;
    const float pixels = op.count_outside ? float(op.kernel_h) * float(op.kernel_w) : float(rows.end - rows.begin) * float(cols.end - cols.begin);
    SIMT_UNROLL
    for (int k = 0; k < N; k++) sum[k] /= pixels;
    simt::store(out.at(pixel, c), sum);
  });
}

// The mean of a whole map.  In step 1 a block adds a chunk of the pixels of one image, kColumns vectors of channels wide.
// Step 2 adds the chunks; a map of one chunk does not need it.
// The order of every sum depends on the map's height and width only.
constexpr int kThreads = 256, kColumns = 8, kRows = kThreads / kColumns;
constexpr int kChunk = 256; // pixels, at least

struct Chunks {
  std::int64_t pixels; // per image
  int count, size;     // size: pixels per chunk; the last chunk may be smaller
  int lanes;
  std::int64_t blocks(int vector, int n) const { return std::int64_t(n) * count * ((lanes + kColumns * vector - 1) / (kColumns * vector)); }
  std::int64_t scratch_floats(int n) const { return count == 1 ? 0 : std::int64_t(n) * count * lanes; }
};

Chunks chunks_of(const Shape& in) {
  const std::int64_t pixels = std::int64_t(in.h) * in.w, count = pixels < 2 * kChunk ? 1 : pixels / kChunk;
  return {pixels, int(count), int((pixels + count - 1) / count), device_lanes(in.c)};
}

template <int N> struct Partial { alignas(16) float sum[kRows][kColumns * N]; };

// Adds one chunk per block.  partial is [image][chunk][lane], used where there is more than one chunk.
template <int N, class X, class Y>
__global__ void __launch_bounds__(kThreads)
    chunk_kernel(simt::MapOf<const X> in, simt::MapOf<Y> out, float* partial, Chunks chunks, simt::Divisor groups, simt::Divisor by_count) {
  auto& block = simt::shared<Partial<N>>();
  std::int64_t n = blockIdx.x;
  const int group = groups.split(n), chunk = by_count.split(n);
  const int row = int(threadIdx.x) / kColumns, column = int(threadIdx.x) % kColumns * N, first = group * kColumns * N;
  const std::int64_t begin = std::int64_t(chunk) * chunks.size;
  const std::int64_t end = begin + chunks.size < chunks.pixels ? begin + chunks.size : chunks.pixels;

  float sum[N] = {}, v[N];
  for (std::int64_t i = begin + row; i < end && first + column < chunks.lanes; i += kRows) {
    simt::load(in.at(n * chunks.pixels + i, first + column), v);
    accumulate(sum, v);
  }
  simt::store(block.sum[row] + column, sum);
  __syncthreads();

  const int lane = int(threadIdx.x), c = first + lane;
  if (lane >= kColumns * N || c >= chunks.lanes) return;
  float total = 0;
  for (int i = 0; i < kRows; i++) total += block.sum[i][lane];
  if (chunks.count == 1)
    simt::from_float(*out.at(n, c), total / float(chunks.pixels));
  else
    partial[(n * chunks.count + chunk) * chunks.lanes + c] = total;
}

template <class Y> __global__ void finish_kernel(simt::Vectors<1> lanes, const float* __restrict__ partial, simt::MapOf<Y> out, Chunks chunks) {
  lanes.each([&](std::int64_t n, int c) {
    float total = 0;
    for (int i = 0; i < chunks.count; i++) total += partial[(n * chunks.count + i) * chunks.lanes + c];
    simt::from_float(*out.at(n, c), total / float(chunks.pixels));
  });
}

bool accepts(const AvgPool& op, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return !op.global && simt::stores(maps.in[0].element, maps.out.element);
}

void run(const AvgPool& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("avg_pool", avg_pool_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      simt::Divisor(y.shape.w), simt::Divisor(y.shape.h), op, x.shape.h, x.shape.w);
  });
}

bool accepts_global(const AvgPool& op, const DeviceMaps& maps, Precision, const GpuInfo&) {
  const DeviceMap& x = maps.in[0];
  return op.global && simt::stores(x.element, maps.out.element) && chunks_of(x.shape).blocks(4, x.shape.n) <= 0x7fffffff;
}

std::int64_t scratch_global(const AvgPool&, const DeviceMaps& maps, const GpuInfo&) {
  return chunks_of(maps.in[0].shape).scratch_floats(maps.in[0].shape.n) * std::int64_t(sizeof(float));
}

void run_global(const AvgPool&, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const Chunks chunks = chunks_of(x.shape);
  const int n = x.shape.n;
  float* partial = reinterpret_cast<float*>(call.scratch);
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    const auto blocks = chunks.blocks(N, n);
    simt::launch("avg_pool global", chunk_kernel<N, X, Y>, unsigned(blocks), kThreads, sizeof(Partial<N>), call.stream, simt::map_of<const X>(x),
                 simt::map_of<Y>(y), partial, chunks, simt::Divisor(blocks / n / chunks.count), simt::Divisor(chunks.count));
    if (chunks.count > 1)
      simt::launch_each("avg_pool global 2", finish_kernel<Y>, simt::Vectors<1>(n, chunks.lanes, chunks.lanes), call.stream, partial,
                        simt::map_of<Y>(y), chunks);
  });
}

} // namespace

const DeviceKernel<AvgPool> avg_pool_cuda_global{"cuda_global", accepts_global, nullptr, nullptr, scratch_global, run_global};
const DeviceKernel<AvgPool> avg_pool_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
