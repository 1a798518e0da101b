// cuBLAS: a 1 x 1 convolution as [pixels x inputs] * [inputs x outputs].
// SPDX-License-Identifier: MIT
#include "bench/rival_device.h"

#include <cublas_v2.h>

namespace pose::bench {
namespace {

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail("rival_cublas: {}: {}", what, cublasGetStatusString(status));
}

bool accepts(const Conv2d& op, const DeviceMaps&, Precision, const GpuInfo&) {
  const int pads = op.pad_top + op.pad_left + op.pad_bottom + op.pad_right;
  return is_rivals_case(op) && op.kernel_h == 1 && op.kernel_w == 1 && op.stride_h == 1 && op.stride_w == 1 && pads == 0;
}

// Returns the handle of the device that is current at the first call; it lives as long as the process.
cublasHandle_t handle() {
  static cublasHandle_t one = [] {
    cublasHandle_t created = nullptr;
    check(cublasCreate(&created), "handle");
    return created;
  }();
  return one;
}

// cuBLAS stores matrices by columns: a pixel's channels are a column.
void run(const Conv2d& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const cudaDataType type = x.element == Element::f16 ? CUDA_R_16F : CUDA_R_32F;
  const cublasComputeType_t compute = call.precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  const float one = 1, zero = 0;
  const int outputs = device_lanes(op.out_c), inputs = device_lanes(op.in_c);
  check(cublasSetStream(handle(), reinterpret_cast<cudaStream_t>(call.stream)), "stream");
  check(cublasGemmEx(handle(), CUBLAS_OP_T, CUBLAS_OP_N, outputs, int(x.pixels()), inputs, &one, call.packed, type, inputs, x.data, type, x.pitch,
                     &zero, y.data, type, y.pitch, compute, CUBLAS_GEMM_DEFAULT),
        "product");
}

} // namespace

const DeviceKernel<Conv2d> rival_cublas = {"rival_cublas", accepts, rival_packed_bytes, rival_pack, nullptr, run};

} // namespace pose::bench
