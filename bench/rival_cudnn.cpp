// cuDNN: convolutions of NHWC maps.
// SPDX-License-Identifier: MIT
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // cuDNN 9 deprecates everything except its graphs

#include "bench/rival_device.h"

#include <cudnn.h>

#include <algorithm>

namespace pose::bench {
namespace {

void check(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS) fail("rival_cudnn: {}: {}", what, cudnnGetErrorString(status));
}

bool accepts(const Conv2d& op, const DeviceMaps&, Precision, const GpuInfo&) {
  return is_rivals_case(op) && op.pad_top == op.pad_bottom && op.pad_left == op.pad_right;
}

// Returns the handle of the device that is current at the first call; it lives as long as the process.
cudnnHandle_t handle() {
  static cudnnHandle_t one = [] {
    cudnnHandle_t created = nullptr;
    check(cudnnCreate(&created), "handle");
    return created;
  }();
  return one;
}

// cuDNN's descriptors of a convolution, and the algorithm that it proposes.
struct Description {
  cudnnTensorDescriptor_t x = nullptr, y = nullptr;
  cudnnFilterDescriptor_t weights = nullptr;
  cudnnConvolutionDescriptor_t convolution = nullptr;
  cudnnConvolutionFwdAlgoPerf_t algorithm = {};

  Description(const Conv2d& op, const DeviceMaps& maps, Precision p) {
    const cudnnDataType_t type = element_of(p) == Element::f16 ? CUDNN_DATA_HALF : CUDNN_DATA_FLOAT;
    check(cudnnCreateTensorDescriptor(&x), "input");
    check(cudnnCreateTensorDescriptor(&y), "output");
    check(cudnnCreateFilterDescriptor(&weights), "weights");
    check(cudnnCreateConvolutionDescriptor(&convolution), "convolution");
    set(x, maps.in[0], type);
    set(y, maps.out, type);
    check(cudnnSetFilter4dDescriptor(weights, type, CUDNN_TENSOR_NHWC, device_lanes(op.out_c), device_lanes(op.in_c), op.kernel_h, op.kernel_w),
          "weights");
    check(cudnnSetConvolution2dDescriptor(convolution, op.pad_top, op.pad_left, op.stride_h, op.stride_w, 1, 1, CUDNN_CROSS_CORRELATION,
                                          CUDNN_DATA_FLOAT),
          "convolution");
    check(cudnnSetConvolutionMathType(convolution, p == Precision::fp32 ? CUDNN_FMA_MATH : CUDNN_TENSOR_OP_MATH), "precision");
    int found = 0;
    check(cudnnGetConvolutionForwardAlgorithm_v7(handle(), x, weights, convolution, y, 1, &found, &algorithm), "algorithm");
    if (found == 0) fail("rival_cudnn: expected an algorithm, found none");
  }
  ~Description() {
    cudnnDestroyConvolutionDescriptor(convolution);
    cudnnDestroyFilterDescriptor(weights);
    cudnnDestroyTensorDescriptor(y);
    cudnnDestroyTensorDescriptor(x);
  }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

private:
  static void set(cudnnTensorDescriptor_t to, const DeviceMap& m, cudnnDataType_t type) {
    const Shape& s = m.shape;
    const int pixel = m.pitch, row = pixel * s.w, image = row * s.h;
    check(cudnnSetTensor4dDescriptorEx(to, type, s.n, device_lanes(s.c), s.h, s.w, image, 1, row, pixel), "map");
  }
};

// Created again only if the convolution changes: benchmarks run the same one many times.
const Description& description_of(const Conv2d& op, const DeviceMaps& maps, Precision p) {
  struct Key {
    Conv2d op;
    Shape in;
    Precision p;
  };
  static Key key;
  static std::unique_ptr<Description> last;
  if (last == nullptr || !same_fields(key.op, op) || !(key.in == maps.in[0].shape) || key.p != p) {
    last = std::make_unique<Description>(op, maps, p);
    key = {op, maps.in[0].shape, p};
  }
  return *last;
}

// Returns the maximum over the precisions with this element type, since the interface does not pass the precision.
std::int64_t scratch_bytes(const Conv2d& op, const DeviceMaps& maps, const GpuInfo&) {
  const bool half = maps.in[0].element == Element::f16;
  std::int64_t most = 0;
  for (const Precision p : {Precision::fp32, Precision::tf32, Precision::fp16}) {
    if ((p == Precision::fp16) == half) most = std::max(most, std::int64_t(description_of(op, maps, p).algorithm.memory));
  }
  return most;
}

void run(const Conv2d& op, const DeviceCall& call) {
  const Description& d = description_of(op, call.maps, call.precision);
  const float one = 1, zero = 0;
  check(cudnnSetStream(handle(), reinterpret_cast<cudaStream_t>(call.stream)), "stream");
  check(cudnnConvolutionForward(handle(), &one, d.x, call.maps.in[0].data, d.weights, call.packed, d.convolution, d.algorithm.algo, call.scratch,
                                d.algorithm.memory, &zero, d.y, call.maps.out.data),
        "convolution");
}

} // namespace

const DeviceKernel<Conv2d> rival_cudnn = {"rival_cudnn", accepts, rival_packed_bytes, rival_pack, scratch_bytes, run};

} // namespace pose::bench
