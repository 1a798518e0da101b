// CUDA kernels of conv2d on tensor cores in tf32 and fp16: an implicit GEMM by mma.sync.
// SPDX-License-Identifier: MIT
//
// Both operands are rows of contiguous K: the lanes of a pixel under one tap after another, and the weights of a channel.
// So the kernel moves chunks of 16 bytes only, whatever the element.
// cp.async copies them to a ring of stages in shared memory and writes zeros for chunks outside the map.  ldmatrix reads them.
// The position of a chunk in its row is XORed with the row number.  So eight rows of one chunk column are in different shared memory banks.
// When there are too few tiles for the multiprocessors, K is split among blocks.  A second kernel adds the parts, always in the same order.
#include "ops/conv2d/cuda/cost.h"
#include "ops/conv2d/cuda/epilogue.h"
#include "ops/conv2d/cuda/pack.h"

namespace pose {
namespace {

// A block computes kPixels x kChannels results, a warp kWarpPixels x kWarpChannels.  A stage holds kChunks chunks of K.
template <int kPixels_, int kChannels_, int kWarpPixels, int kWarpChannels, int kChunks_, int kStages_, int kPercent> struct Mma {
  static constexpr int kPixels = kPixels_, kChannels = kChannels_, kChunks = kChunks_, kStages = kStages_;
  static constexpr int kWarpsM = kPixels / kWarpPixels, kWarpsN = kChannels / kWarpChannels, kThreads = kWarpsM * kWarpsN * 32;
  static constexpr int kTilesM = kWarpPixels / 16, kTilesN = kWarpChannels / 8; // tiles of 16 x 8 results per warp
  static constexpr int kRows = kThreads / kChunks;                              // rows of one operand that all threads copy at once
  static constexpr int kCopiesX = kPixels / kRows, kCopiesW = kChannels / kRows;
  // Blocks per multiprocessor: as many as registers allow without spills.
  // Before sm_80 copies pass through registers, and shared memory limits the number anyway.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  static constexpr int kBlocks = 1;
#else
  static constexpr int kBlocks = kThreads > 128 ? 2 : 3;
#endif
  static constexpr DeviceTile kTile{kPixels, kChannels, kChunks * 16, kPercent / 100.0};
  static_assert(kPixels % kRows == 0 && kChannels % kRows == 0 && kWarpPixels % 16 == 0);
  static_assert(kWarpChannels % DeviceGemm::kMmaBlock == 0 && DeviceGemm::kStageBytes % (kChunks * 16) == 0);
  static_assert(kChunks == 4 || kChunks == 8);

  using Sums = float[kTilesM][kTilesN][4];
  struct Shared {
    uint4 x[kStages][kPixels][kChunks], w[kStages][kChannels][kChunks];
  };
  static __device__ __forceinline__ int place(int row, int chunk) {
    return kChunks == 8 ? chunk ^ (row & 7) : chunk ^ (row >> 1 & 3);
  }
};

struct MmaArgs {
  ConvPixels pixels;
  ConvEpilogue ending;
  const void *x, *w;
  float* parts; // [split][pixel][columns]; used where split > 1
  int lanes, k_stride, columns, column_tiles;
  int steps, split;
  int next_ky, next_kx, next_lane; // increments from one stage to the next
};

// Copies a thread's share: one chunk column of some rows of either operand.
template <class T, class M> struct MmaLoader {
  static constexpr int kElements = int(16 / sizeof(T)), kStage = M::kChunks * kElements;

  const MmaArgs& args;
  int chunk, row;
  int top[M::kCopiesX], left[M::kCopiesX];
  const T *origin[M::kCopiesX], *weights; // origin: start of the window, which may be outside the map
  int ky, kx, lane;                       // of the chunk
  int columns_left;                       // columns of weights from the first row on

  __device__ __forceinline__ MmaLoader(const MmaArgs& a, int first_pixel, int first_column, int first_step)
      : args(a), chunk(int(threadIdx.x) % M::kChunks), row(int(threadIdx.x) / M::kChunks) {
    SIMT_UNROLL
    for (int i = 0; i < M::kCopiesX; i++) {
      const int pixel = first_pixel + row + i * M::kRows;
      const bool inside = pixel < a.pixels.count;
      const ConvWindow v = window_of(a.pixels, inside ? pixel : 0);
      top[i] = inside ? v.top : kBeside;
      left[i] = v.left;
      const std::int64_t at = (std::int64_t(v.n) * a.pixels.in_h + v.top) * a.pixels.in_w + v.left;
      origin[i] = static_cast<const T*>(a.x) + at * a.pixels.in_pitch;
    }
    const int k = first_step * kStage + chunk * kElements, tap = k / a.lanes;
    lane = k - tap * a.lanes;
    ky = tap / a.pixels.kernel_w;
    kx = tap - ky * a.pixels.kernel_w;
    columns_left = a.columns - first_column - row;
    weights = static_cast<const T*>(a.w) + std::int64_t(first_column + row) * a.k_stride + k;
  }

  __device__ __forceinline__ void fetch(typename M::Shared& s, int stage) {
    const ConvPixels& p = args.pixels;
    const int ahead = (ky * p.in_w + kx) * p.in_pitch + lane;
    SIMT_UNROLL
    for (int i = 0; i < M::kCopiesX; i++) {
      const int y = top[i] + ky, x = left[i] + kx, r = row + i * M::kRows;
      const bool inside = ky < p.kernel_h && unsigned(y) < unsigned(p.in_h) && unsigned(x) < unsigned(p.in_w);
      simt::cp_async16(&s.x[stage][r][M::place(r, chunk)], inside ? origin[i] + ahead : args.x, inside);
    }
    SIMT_UNROLL
    for (int i = 0; i < M::kCopiesW; i++) {
      const int r = row + i * M::kRows;
      const bool inside = i * M::kRows < columns_left;
      simt::cp_async16(&s.w[stage][r][M::place(r, chunk)], inside ? weights + std::int64_t(i * M::kRows) * args.k_stride : args.w, inside);
    }
    weights += kStage;
    lane += args.next_lane;
    kx += args.next_kx;
    ky += args.next_ky;
    if (lane >= args.lanes) lane -= args.lanes, kx++;
    if (kx >= p.kernel_w) kx -= p.kernel_w, ky++;
  }
};

// Multiplies one stage, 32 bytes of K at a time.
template <class T, class M>
__device__ __forceinline__ void multiply(const typename M::Shared& s, int stage, int row, int column, typename M::Sums& sums) {
  const int lane = int(threadIdx.x) % 32;
  SIMT_UNROLL
  for (int half_chunk = 0; half_chunk < M::kChunks; half_chunk += 2) {
    std::uint32_t a[M::kTilesM][4], b[M::kTilesN / 2][4];
    SIMT_UNROLL
    for (int i = 0; i < M::kTilesM; i++) {
      const int r = row + i * 16 + lane % 16;
      simt::ldmatrix_x4(a[i], &s.x[stage][r][M::place(r, half_chunk + lane / 16)]);
      if constexpr (sizeof(T) == sizeof(float)) { // packing has already rounded the weights
        SIMT_UNROLL
        for (std::uint32_t& v : a[i]) v = simt::tf32_nearest(v);
      }
    }
    SIMT_UNROLL
    for (int j = 0; j < M::kTilesN / 2; j++) {
      const int r = column + j * 16 + lane % 8 + lane / 16 * 8;
      simt::ldmatrix_x4(b[j], &s.w[stage][r][M::place(r, half_chunk + lane / 8 % 2)]);
    }
    SIMT_UNROLL
    for (int i = 0; i < M::kTilesM; i++) {
      SIMT_UNROLL
      for (int j = 0; j < M::kTilesN; j++) simt::mma32(T(), sums[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
    }
  }
}

// Applies the epilogue.  Lane t of four holds columns 2 t and 2 t + 1 of every mma tile.
// The order of the weights makes these eight consecutive channels of a block.
template <class T, class M>
__device__ __forceinline__ void finish(const MmaArgs& args, int first_pixel, int first_channel, const typename M::Sums& sums) {
  const int lane = int(threadIdx.x) % 32;
  SIMT_UNROLL
  for (int i = 0; i < 2 * M::kTilesM; i++) {
    const int pixel = first_pixel + i * 8 + lane / 4, side = i % 2 * 2;
    SIMT_UNROLL
    for (int j = 0; j < M::kTilesN; j += 4) {
      const int channel = first_channel + j * 8 + lane % 4 * 8;
      float v[8];
      SIMT_UNROLL
      for (int k = 0; k < 8; k++) v[k] = sums[i / 2][j + k / 2][side + k % 2];
      if (pixel >= args.pixels.count || channel >= args.ending.out_c) continue;
      if (args.split == 1)
        finish8<T>(args.ending, pixel, channel, v);
      else
        simt::store8(args.parts + (std::int64_t(blockIdx.y) * args.pixels.count + pixel) * args.columns + channel, v);
    }
  }
}

template <class T, class M> __global__ void __launch_bounds__(M::kThreads, M::kBlocks) mma_kernel(MmaArgs args) {
  auto& shared = simt::shared<typename M::Shared>();
  const int first_pixel = int(blockIdx.x) / args.column_tiles * M::kPixels, first_column = int(blockIdx.x) % args.column_tiles * M::kChannels;
  const int part = int(blockIdx.y), first = int(std::int64_t(args.steps) * part / args.split);
  const int steps = int(std::int64_t(args.steps) * (part + 1) / args.split) - first;

  const int warp = int(threadIdx.x) / 32, row = warp / M::kWarpsN * (16 * M::kTilesM), column = warp % M::kWarpsN * (8 * M::kTilesN);
  typename M::Sums sums = {};

  MmaLoader<T, M> loader(args, first_pixel, first_column, first);
  SIMT_UNROLL
  for (int i = 0; i < M::kStages - 1; i++) {
    if (i < steps) loader.fetch(shared, i);
    simt::cp_async_commit();
  }
  int stage = 0, free = M::kStages - 1; // free: the stage that the next copies fill
  for (int step = 0; step < steps; step++) {
    simt::cp_async_wait<M::kStages - 2>();
    __syncthreads(); // all copies to `stage` have landed, all reads of `free` are done
    if (step + M::kStages - 1 < steps) loader.fetch(shared, free);
    simt::cp_async_commit();
    multiply<T, M>(shared, stage, row, column, sums);
    free = stage;
    stage = stage + 1 < M::kStages ? stage + 1 : 0;
  }
  finish<T, M>(args, first_pixel + row, first_column + column, sums);
}

// Adds the parts of a K split.  A thread adds eight channels of a pixel.
template <class T> __global__ void add_parts_kernel(MmaArgs args) {
  const int vectors = (args.ending.out_c + kDeviceLanes - 1) / kDeviceLanes;
  const std::int64_t all = std::int64_t(args.pixels.count) * vectors, plane = std::int64_t(args.pixels.count) * args.columns;
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < all; i += std::int64_t(gridDim.x) * blockDim.x) {
    const int pixel = int(i / vectors), channel = int(i % vectors) * kDeviceLanes;
    const float* from = args.parts + std::int64_t(pixel) * args.columns + channel;
    float v[8], part[8];
    simt::load8(from, v);
    for (int s = 1; s < args.split; s++) {
      simt::load8(from + s * plane, part);
      SIMT_UNROLL
      for (int k = 0; k < 8; k++) v[k] += part[k];
    }
    finish8<T>(args.ending, pixel, channel, v);
  }
}

template <class M> bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  const Element element = element_of(precision);
  return precision != Precision::fp32 && gpu.arch >= (precision == Precision::tf32 ? 80 : 75) && op.groups == 1 && maps.in[0].element == element &&
         (!op.residual || maps.in[1].element == element) && (maps.out.element == element || maps.out.element == Element::f32) &&
         int(sizeof(typename M::Shared)) <= gpu.shared_bytes && countable(op, maps);
}

Precision precision_of(const DeviceMaps& maps) {
  return maps.in[0].element == Element::f16 ? Precision::fp16 : Precision::tf32;
}

// Returns the largest scratch size of this batch size and all smaller ones, since smaller batches are split into more parts.
template <class M> std::int64_t scratch_bytes(const Conv2d& op, const DeviceMaps& maps, const GpuInfo& gpu) {
  const DeviceGemm g = device_gemm(op, precision_of(maps));
  std::int64_t most = 0;
  DeviceMap in[2] = {maps.in[0], maps.in[maps.inputs - 1]};
  DeviceMaps some{in, maps.inputs, maps.out};
  for (int n = 1; n <= maps.out.shape.n; n++) {
    in[0].shape.n = in[1].shape.n = some.out.shape.n = n;
    const Shape own = conv_output_shape(op, some.out.shape);
    const int split = best_split(op, some, precision_of(maps), gpu, M::kTile);
    const std::int64_t bytes = split == 1 ? 0 : std::int64_t(split) * n * own.h * own.w * g.columns * std::int64_t(sizeof(float));
    if (bytes > most) most = bytes;
  }
  return most;
}

template <class M> void run(const Conv2d& op, const DeviceCall& call) {
  const DeviceGemm g = device_gemm(op, call.precision);
  simt::with_element(call.maps.in[0].element, [&]<class T>(T) {
    constexpr int kStage = MmaLoader<T, M>::kStage;
    const int taps = kStage / g.lanes;
    MmaArgs a{};
    a.pixels = pixels_of(op, call.maps);
    a.ending = ending_of(op, call.maps, reinterpret_cast<const float*>(call.packed + g.shift_at));
    a.x = call.maps.in[0].data, a.w = call.packed, a.parts = reinterpret_cast<float*>(call.scratch);
    a.lanes = g.lanes, a.k_stride = g.k_stride, a.columns = g.columns;
    a.column_tiles = (op.out_c + M::kChannels - 1) / M::kChannels;
    a.steps = (g.k + kStage - 1) / kStage;
    a.split = best_split(op, call.maps, call.precision, *call.gpu, M::kTile);
    a.next_ky = taps / op.kernel_w, a.next_kx = taps % op.kernel_w, a.next_lane = kStage % g.lanes;
    const unsigned tiles = unsigned((a.pixels.count + M::kPixels - 1) / M::kPixels) * unsigned(a.column_tiles);
    simt::launch("conv2d mma", mma_kernel<T, M>, dim3(tiles, unsigned(a.split)), M::kThreads, sizeof(typename M::Shared), call.stream, a);
    if (a.split == 1) return;
    const std::int64_t vectors = std::int64_t(a.pixels.count) * device_lanes(op.out_c) / kDeviceLanes;
    simt::launch("conv2d mma finish", add_parts_kernel<T>, simt::blocks_for(vectors, 128), 128, 0, call.stream, a);
  });
}

template <class M> double cost(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return tile_microseconds(op, maps, precision, gpu, M::kTile, best_split(op, maps, precision, gpu, M::kTile));
}

template <class M> constexpr DeviceKernel<Conv2d> kernel(const char* name) {
  return {name, accepts<M>, device_gemm_bytes, pack_device_gemm, scratch_bytes<M>, run<M>, cost<M>};
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_mma128x128 = kernel<Mma<128, 128, 64, 32, 4, 4, 72>>("mma128x128");
const DeviceKernel<Conv2d> conv2d_cuda_mma128x64 = kernel<Mma<128, 64, 64, 32, 4, 4, 60>>("mma128x64");
const DeviceKernel<Conv2d> conv2d_cuda_mma128x32 = kernel<Mma<128, 32, 32, 32, 4, 4, 45>>("mma128x32");
const DeviceKernel<Conv2d> conv2d_cuda_mma64x64 = kernel<Mma<64, 64, 32, 32, 8, 4, 45>>("mma64x64");
const DeviceKernel<Conv2d> conv2d_cuda_mma64x32 = kernel<Mma<64, 32, 16, 32, 8, 4, 35>>("mma64x32");

} // namespace pose
