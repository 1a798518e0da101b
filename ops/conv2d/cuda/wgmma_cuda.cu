// CUDA kernels of conv2d on Hopper in fp16: an implicit GEMM by wgmma.
// SPDX-License-Identifier: MIT
//
// A block computes 128 pixels x kChannels results.  Four warps are producers.
// They gather the next 64 values of each window by cp.async, which writes zeros where a window leaves the map.
// One of their threads fetches the weights by bulk copies; these are packed in the layout of shared memory.
// Two times four warps multiply.  Both sides share a ring of stages in shared memory.
// A stage is `full` when all its data has landed and `empty` when all of it has been read.
#include "device/hopper.h"
#include "ops/conv2d/cuda/cost.h"
#include "ops/conv2d/cuda/epilogue.h"
#include "ops/conv2d/cuda/wgmma.h"

namespace pose {
namespace {

constexpr int kPixels = 128, kGroup = 128, kThreads = 3 * kGroup, kUnits = 8; // threads of four warps; 16-byte units per row of a stage

template <int kChannels> struct Wgmma {
  static constexpr int kStages = kChannels == 128 ? 6 : 4;
  static constexpr DeviceTile kTile{kPixels, kChannels, 128, kChannels == 128 ? 0.85 : 0.92};

  struct Shared {
    uint4 x[kStages][kPixels][kUnits], w[kStages][kChannels][kUnits];
    simt::Mbar full[kStages], empty[kStages];
  };
};

struct WgmmaArgs {
  ConvPixels pixels;
  ConvEpilogue ending;
  const half* x;
  const uint4* w;
  int lanes, steps, tiles;
};

#if SIMT_HOPPER
// Copies the operands to the stages.  Thread t copies unit t % 8 of rows t / 8, t / 8 + 16, ...
template <class W> __device__ __forceinline__ void produce(const WgmmaArgs& args, typename W::Shared& s, int thread, int first_pixel, int tile) {
  constexpr int kRows = kPixels / (kGroup / kUnits), kRowStep = kGroup / kUnits;
  const ConvPixels& p = args.pixels;
  const int unit = thread % kUnits, row = thread / kUnits;
  int top[kRows], left[kRows];
  const half* picture[kRows];
  SIMT_UNROLL
  for (int i = 0; i < kRows; i++) {
    const int pixel = first_pixel + row + i * kRowStep;
    const bool inside = pixel < p.count;
    const ConvWindow window = window_of(p, inside ? pixel : 0);
    top[i] = inside ? window.top : kBeside;
    left[i] = window.left;
    picture[i] = args.x + std::int64_t(window.n) * p.in_h * p.in_w * p.in_pitch;
  }
  const uint4* weights = args.w + std::int64_t(tile) * args.steps * W::kTile.channels * kUnits;
  int lane = unit * 8, ky = 0, kx = 0, stage = 0, round = 0;
  for (int step = 0; step < args.steps; step++) {
    for (; lane >= args.lanes; lane -= args.lanes) {
      if (++kx == p.kernel_w) kx = 0, ky++;
    }
    simt::mbar_wait(s.empty[stage], round % 2 ^ 1);
    if (thread == 0) {
      simt::mbar_expect_tx(s.full[stage], int(sizeof(s.w[0])));
      simt::bulk_copy(s.w[stage], weights, int(sizeof(s.w[0])), s.full[stage]);
    }
    SIMT_UNROLL
    for (int i = 0; i < kRows; i++) {
      const int y = top[i] + ky, x = left[i] + kx, r = row + i * kRowStep;
      const bool inside = ky < p.kernel_h && unsigned(y) < unsigned(p.in_h) && unsigned(x) < unsigned(p.in_w);
      simt::cp_async16(&s.x[stage][r][unit ^ r % 8], inside ? picture[i] + ((y * p.in_w + x) * p.in_pitch + lane) : args.x, inside);
    }
    simt::cp_async_arrive(s.full[stage]);
    weights += W::kTile.channels * kUnits;
    lane += kUnits * 8;
    if (++stage == W::kStages) stage = 0, round++;
  }
}

// Sums 64 pixels of the tile.
template <class W, int kSums>
__device__ __forceinline__ void multiply(const WgmmaArgs& args, typename W::Shared& s, int thread, int first_row, float (&sums)[kSums]) {
  int stage = 0, round = 0;
  for (int step = 0; step < args.steps; step++) {
    simt::mbar_wait(s.full[stage], round % 2);
    simt::async_fence(); // orders the writes of cp.async before the reads of wgmma
    simt::wgmma_fence();
    const std::uint64_t x = simt::wgmma_tile(s.x[stage][first_row]), w = simt::wgmma_tile(s.w[stage]);
    SIMT_UNROLL
    for (int i = 0; i < 4; i++) simt::wgmma(sums, x + std::uint64_t(2 * i), w + std::uint64_t(2 * i), step + i > 0);
    simt::wgmma_commit();
    simt::wgmma_wait<1>(); // the operands of the previous step have been read
    if (step > 0 && thread % 32 == 0) simt::mbar_arrive(s.empty[stage == 0 ? W::kStages - 1 : stage - 1]);
    if (++stage == W::kStages) stage = 0, round++;
  }
  simt::wgmma_wait(sums);
}
#endif

template <int kChannels> __global__ void __launch_bounds__(kThreads, 1) wgmma_kernel([[maybe_unused]] WgmmaArgs args) {
#if SIMT_HOPPER
  using W = Wgmma<kChannels>;
  auto& s = simt::shared<typename W::Shared>();
  const int group = int(threadIdx.x) / kGroup, thread = int(threadIdx.x) % kGroup;
  const int first_pixel = int(blockIdx.x) / args.tiles * kPixels, tile = int(blockIdx.x) % args.tiles;
  if (threadIdx.x == 0) {
    for (int i = 0; i < W::kStages; i++) {
      simt::mbar_init(s.full[i], kGroup + 1); // the copies of all producers, and the announcement of the weights
      simt::mbar_init(s.empty[i], 8);         // one arrival per multiplying warp
    }
    simt::mbar_init_done();
  }
  __syncthreads();
  if (group == 0) return produce<W>(args, s, thread, first_pixel, tile);

  const int first_row = (group - 1) * 64;
  float sums[kChannels / 2];
  multiply<W>(args, s, thread, first_row, sums);
  SIMT_UNROLL
  for (int block = 0; block < kChannels / 32; block++) {
    const int channel = tile * kChannels + block * 32 + thread % 4 * 8;
    SIMT_UNROLL
    for (int h = 0; h < 2; h++) {
      const int pixel = first_pixel + first_row + thread / 32 * 16 + h * 8 + thread % 32 / 4;
      float v[8];
      SIMT_UNROLL
      for (int i = 0; i < 8; i++) v[i] = sums[(block * 4 + i / 2) * 4 + 2 * h + i % 2];
      if (pixel < args.pixels.count && channel < args.ending.out_c) finish8<half>(args.ending, pixel, channel, v);
    }
  }
#endif
}

bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return gpu.arch == 90 && precision == Precision::fp16 && op.groups == 1 && maps.in[0].element == Element::f16 && countable(op, maps);
}

template <int kChannels> std::int64_t packed_bytes(const Conv2d& op, Precision) {
  return wgmma_weights(op, kChannels).bytes;
}

template <int kChannels> void pack(const Conv2d& op, const RawWeights& raw, Precision, std::byte* packed) {
  pack_wgmma(op, kChannels, raw, packed);
}

template <int kChannels> void run(const Conv2d& op, const DeviceCall& call) {
  const WgmmaWeights w = wgmma_weights(op, kChannels);
  const WgmmaArgs args{pixels_of(op, call.maps),
                       ending_of(op, call.maps, reinterpret_cast<const float*>(call.packed + w.shift_at)),
                       call.maps.in[0].as<const half>(),
                       reinterpret_cast<const uint4*>(call.packed),
                       w.lanes,
                       w.steps,
                       w.tiles};
  const unsigned blocks = unsigned((args.pixels.count + kPixels - 1) / kPixels) * unsigned(w.tiles);
  simt::launch("conv2d wgmma", wgmma_kernel<kChannels>, blocks, kThreads, sizeof(typename Wgmma<kChannels>::Shared), call.stream, args);
}

template <int kChannels> double cost(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return tile_microseconds(op, maps, precision, gpu, Wgmma<kChannels>::kTile, 1);
}

template <int kChannels> constexpr DeviceKernel<Conv2d> kernel(const char* name) {
  return {name, accepts, packed_bytes<kChannels>, pack<kChannels>, nullptr, run<kChannels>, cost<kChannels>};
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_wgmma128x128 = kernel<128>("wgmma128x128");
const DeviceKernel<Conv2d> conv2d_cuda_wgmma128x256 = kernel<256>("wgmma128x256");

} // namespace pose
