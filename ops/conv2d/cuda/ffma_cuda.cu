// CUDA kernel of conv2d in exact fp32: an implicit GEMM by multiply-adds.
// SPDX-License-Identifier: MIT
//
// A block computes kPixels x kChannels results, a thread kRows pixels x 8 channels in registers.
// 8 input lanes of one tap at a time go through shared memory, while the next ones are loaded to registers.
// Every sum runs over (ky, kx, channel) in order, whatever the tile and the batch size.
#include "ops/conv2d/cuda/cost.h"
#include "ops/conv2d/cuda/epilogue.h"
#include "ops/conv2d/cuda/pack.h"

namespace pose {
namespace {

template <int kPixels, int kChannels, int kRows> struct Ffma {
  static constexpr int kThreads = kPixels / kRows * kChannels / 8;
  static constexpr int kParts = kThreads / kPixels; // threads that share the 8 lanes of a pixel
  static constexpr int kLoad = 8 / kParts;          // lanes that each of them loads
  static constexpr DeviceTile kTile{kPixels, kChannels, 32, kRows < 8 ? 0.6 : kChannels < 128 ? 0.75 : 0.8};
  static constexpr int kBlocks = kChannels < 128 ? 3 : 2; // per multiprocessor: as many as registers allow without spills
  static_assert(kParts == 1 || kParts == 2);

  struct Shared {
    float x[2][8][kPixels], w[2][8][kChannels];
  };
};

struct FfmaArgs {
  ConvPixels pixels;
  ConvEpilogue ending;
  const float *x, *w;
  int lanes, columns, column_tiles;
};

__device__ __forceinline__ float4 load4(const float* p) {
  return *reinterpret_cast<const float4*>(p);
}

// Loads a thread's data of the next step, 8 lanes of a tap.
// The lanes of one pixel go to registers, since they are stored transposed.  Weights go directly to shared memory.
template <class F> struct FfmaLoader {
  static constexpr int kQuadsInRow = F::kTile.channels / 4, kRowsAtOnce = F::kThreads / kQuadsInRow;

  const FfmaArgs& args;
  ConvWindow window;
  const float *picture, *weights;
  bool weights_inside;
  int ky = 0, kx = 0, lane; // of this thread
  float4 x[F::kLoad / 4];

  __device__ FfmaLoader(const FfmaArgs& a, int first_pixel, int first_column) : args(a) {
    const int pixel = first_pixel + pixel_of_thread(), column = first_column + int(threadIdx.x) % kQuadsInRow * 4;
    const bool inside = pixel < a.pixels.count;
    window = window_of(a.pixels, inside ? pixel : 0);
    if (!inside) window.top = kBeside;
    picture = a.x + std::int64_t(window.n) * a.pixels.in_h * a.pixels.in_w * a.pixels.in_pitch;
    weights_inside = column < a.columns;
    weights = a.w + (weights_inside ? int(threadIdx.x) / kQuadsInRow * std::int64_t(a.columns) + column : 0);
    lane = first_lane();
  }

  static __device__ __forceinline__ int pixel_of_thread() { return int(threadIdx.x) % F::kTile.pixels; }
  static __device__ __forceinline__ int first_lane() { return int(threadIdx.x) / F::kTile.pixels * F::kLoad; }

  __device__ __forceinline__ void fetch(typename F::Shared& s, int buffer) {
    const ConvPixels& p = args.pixels;
    SIMT_UNROLL
    for (int i = 0; i < 8; i += kRowsAtOnce) {
      float* to = &s.w[buffer][i + int(threadIdx.x) / kQuadsInRow][int(threadIdx.x) % kQuadsInRow * 4];
      simt::cp_async16(to, weights, weights_inside);
      weights += weights_inside ? kRowsAtOnce * args.columns : 0;
    }
    simt::cp_async_commit();
    const int y = window.top + ky, column = window.left + kx;
    const bool inside = unsigned(y) < unsigned(p.in_h) && unsigned(column) < unsigned(p.in_w);
    const float* from = picture + (inside ? (y * p.in_w + column) * p.in_pitch + lane : 0);
    SIMT_UNROLL
    for (int i = 0; i < F::kLoad / 4; i++) x[i] = inside ? load4(from + 4 * i) : make_float4(0, 0, 0, 0);
    lane += 8;
    if (lane < args.lanes) return;
    lane = first_lane();
    if (++kx < p.kernel_w) return;
    kx = 0;
    ky++;
  }

  __device__ __forceinline__ void store_at(typename F::Shared& s, int buffer) const {
    float(*to)[F::kTile.pixels] = &s.x[buffer][first_lane()];
    const int pixel = pixel_of_thread();
    SIMT_UNROLL
    for (int i = 0; i < F::kLoad / 4; i++)
      to[4 * i][pixel] = x[i].x, to[4 * i + 1][pixel] = x[i].y, to[4 * i + 2][pixel] = x[i].z, to[4 * i + 3][pixel] = x[i].w;
    simt::cp_async_wait<0>();
  }
};

template <int kRows> __device__ __forceinline__ void multiply(const float* x, const float* w, float (&sums)[kRows][8]) {
  float a[kRows], b[8];
  SIMT_UNROLL
  for (int i = 0; i < kRows; i += 4) {
    const float4 v = load4(x + i);
    a[i] = v.x, a[i + 1] = v.y, a[i + 2] = v.z, a[i + 3] = v.w;
  }
  const float4 low = load4(w), high = load4(w + DeviceGemm::kFfmaBlock / 2);
  b[0] = low.x, b[1] = low.y, b[2] = low.z, b[3] = low.w, b[4] = high.x, b[5] = high.y, b[6] = high.z, b[7] = high.w;
  SIMT_UNROLL
  for (int i = 0; i < kRows; i++) {
    SIMT_UNROLL
    for (int j = 0; j < 8; j++) sums[i][j] += a[i] * b[j];
  }
}

template <int kPixels, int kChannels, int kRows>
__global__ void __launch_bounds__(Ffma<kPixels, kChannels, kRows>::kThreads, Ffma<kPixels, kChannels, kRows>::kBlocks) ffma_kernel(FfmaArgs args) {
  using F = Ffma<kPixels, kChannels, kRows>;
  auto& shared = simt::shared<typename F::Shared>();
  const int first_pixel = int(blockIdx.x) / args.column_tiles * kPixels, first_column = int(blockIdx.x) % args.column_tiles * kChannels;

  // A warp covers 4 x kRows pixels and one block of channels, so it reads shared memory without bank conflicts.
  constexpr int kBlocks = kChannels / DeviceGemm::kFfmaBlock;
  const int lane = int(threadIdx.x) % 32, warp = int(threadIdx.x) / 32;
  const int row = (warp / kBlocks * 4 + lane / 8) * kRows, block = warp % kBlocks * DeviceGemm::kFfmaBlock, column = block + lane % 8 * 4;

  float sums[kRows][8] = {};
  const int steps = args.pixels.kernel_h * args.pixels.kernel_w * args.lanes / 8;
  FfmaLoader<F> loader(args, first_pixel, first_column);
  loader.fetch(shared, 0);
  loader.store_at(shared, 0);
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    const bool more = step + 1 < steps;
    if (more) loader.fetch(shared, (step + 1) % 2);
    SIMT_UNROLL
    for (int k = 0; k < 8; k++) multiply(&shared.x[step % 2][k][row], &shared.w[step % 2][k][column], sums);
    if (more) loader.store_at(shared, (step + 1) % 2);
    __syncthreads();
  }

  const int channel = first_column + block + lane % 8 * 8;
  if (channel >= args.ending.out_c) return;
  SIMT_UNROLL
  for (int i = 0; i < kRows; i++) {
    const int pixel = first_pixel + row + i;
    if (pixel < args.pixels.count) finish8<float>(args.ending, pixel, channel, sums[i]);
  }
}

bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo&) {
  return precision == Precision::fp32 && op.groups == 1 && maps.out.element == Element::f32 && countable(op, maps);
}

template <int kPixels, int kChannels, int kRows> void run(const Conv2d& op, const DeviceCall& call) {
  using F = Ffma<kPixels, kChannels, kRows>;
  const DeviceGemm g = device_gemm(op, Precision::fp32);
  FfmaArgs args{pixels_of(op, call.maps),
                ending_of(op, call.maps, reinterpret_cast<const float*>(call.packed + g.shift_at)),
                call.maps.in[0].as<const float>(),
                reinterpret_cast<const float*>(call.packed),
                g.lanes,
                g.columns,
                (op.out_c + kChannels - 1) / kChannels};
  const unsigned tiles = unsigned((args.pixels.count + kPixels - 1) / kPixels) * unsigned(args.column_tiles);
  simt::launch("conv2d ffma", ffma_kernel<kPixels, kChannels, kRows>, tiles, F::kThreads, sizeof(typename F::Shared), call.stream, args);
}

template <int kPixels, int kChannels, int kRows> double cost(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return tile_microseconds(op, maps, precision, gpu, Ffma<kPixels, kChannels, kRows>::kTile, 1);
}

template <int kPixels, int kChannels, int kRows> constexpr DeviceKernel<Conv2d> kernel(const char* name) {
  return {name, accepts, device_gemm_bytes, pack_device_gemm, nullptr, run<kPixels, kChannels, kRows>, cost<kPixels, kChannels, kRows>};
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_ffma128x128 = kernel<128, 128, 8>("ffma128x128");
const DeviceKernel<Conv2d> conv2d_cuda_ffma128x64 = kernel<128, 64, 8>("ffma128x64");
const DeviceKernel<Conv2d> conv2d_cuda_ffma64x64 = kernel<64, 64, 4>("ffma64x64");
const DeviceKernel<Conv2d> conv2d_cuda_ffma32x64 = kernel<32, 64, 4>("ffma32x64");

} // namespace pose
