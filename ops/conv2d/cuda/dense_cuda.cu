// CUDA kernel of fully connected layers (1 x 1 convolutions of one pixel), limited by reading the weights.
// SPDX-License-Identifier: MIT
//
// A block computes eight outputs of up to four images.  Its threads split the inputs, eight at a time, and add their sums in a fixed order.
#include "ops/conv2d/cuda/epilogue.h"
#include "ops/conv2d/cuda/lanes.h"

namespace pose {
namespace {

constexpr int kThreads = 128, kWarps = kThreads / 32;

template <class T> struct DenseArgs {
  ConvEpilogue ending;
  const T *x, *w;
  int pictures, in_pitch, in_lanes;
};

template <int Pictures> struct DenseShared { float sums[kWarps][Pictures][8]; };

template <int Pictures, class T> __global__ void __launch_bounds__(kThreads) dense_kernel(DenseArgs<T> a) {
  auto& shared = simt::shared<DenseShared<Pictures>>();
  const int thread = int(threadIdx.x), channel = int(blockIdx.x) * 8, picture = int(blockIdx.y) * Pictures;
  float sum[Pictures][8] = {};
  for (int k = thread * 8; k < a.in_lanes; k += kThreads * 8) {
    float x[Pictures][8];
    SIMT_UNROLL
    for (int p = 0; p < Pictures; p++) // repeats the last image past the end; these results are not stored
      simt::load8(a.x + (picture + p < a.pictures ? picture + p : a.pictures - 1) * std::int64_t(a.in_pitch) + k, x[p]);
    SIMT_UNROLL
    for (int j = 0; j < 8; j++) {
      float w[8];
      simt::load8(a.w + std::int64_t(channel + j) * a.in_lanes + k, w);
      SIMT_UNROLL
      for (int p = 0; p < Pictures; p++) {
        SIMT_UNROLL
        for (int i = 0; i < 8; i++) sum[p][j] += x[p][i] * w[i];
      }
    }
  }
  SIMT_UNROLL
  for (int p = 0; p < Pictures; p++) {
    SIMT_UNROLL
    for (int j = 0; j < 8; j++) {
      SIMT_UNROLL
      for (int d = 16; d > 0; d /= 2) sum[p][j] += __shfl_xor_sync(~0u, sum[p][j], d);
      if (thread % 32 == 0) shared.sums[thread / 32][p][j] = sum[p][j];
    }
  }
  __syncthreads();
  if (thread >= Pictures || picture + thread >= a.pictures) return;
  float total[8];
  SIMT_UNROLL
  for (int j = 0; j < 8; j++) {
    total[j] = shared.sums[0][thread][j];
    SIMT_UNROLL
    for (int warp = 1; warp < kWarps; warp++) total[j] += shared.sums[warp][thread][j];
  }
  finish8<T>(a.ending, picture + thread, channel, total);
}

bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo&) {
  const Shape &x = maps.in[0].shape, &y = maps.out.shape;
  return op.kernel_h == 1 && op.kernel_w == 1 && op.groups == 1 && op.pad_top == 0 && op.pad_left == 0 && x.h == 1 && x.w == 1 && y.h == 1 &&
         y.w == 1 && op.placing == StoreMode::plain && (precision == Precision::fp16) == (maps.in[0].element == Element::f16);
}

template <int Pictures, class T> void launch(const Conv2d& op, const DeviceCall& call) {
  const DeviceMap& x = call.maps.in[0];
  const float* shift = reinterpret_cast<const float*>(call.packed);
  const int lanes = device_lanes(op.out_c);
  const DenseArgs<T> args{
      ending_of(op, call.maps, shift), x.as<const T>(), reinterpret_cast<const T*>(shift + lanes), x.shape.n, x.pitch, device_lanes(op.in_c)};
  const dim3 grid(unsigned(lanes / 8), unsigned(x.shape.n + Pictures - 1) / Pictures);
  simt::launch("conv2d dense", dense_kernel<Pictures, T>, grid, kThreads, sizeof(DenseShared<Pictures>), call.stream, args);
}

void run(const Conv2d& op, const DeviceCall& call) {
  simt::with_element(call.maps.in[0].element, [&]<class T>(T) {
    if (call.maps.out.shape.n == 1)
      launch<1, T>(op, call);
    else
      launch<4, T>(op, call);
  });
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_dense{"dense", accepts, input_lanes_bytes, pack_input_lanes, nullptr, run};

} // namespace pose
