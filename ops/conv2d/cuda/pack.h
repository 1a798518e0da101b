// Weights of conv2d as the GPU's implicit-GEMM kernels read them.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// A convolution is a matrix product: output pixels x output channels, summed over K = (ky, kx, input lane).  The lanes of a tap that are no channels
// have weight 0.  Output channels are numbered by packed_place and rounded up to whole blocks; within a block they are stored in another order, so
// that the sums of one thread of the kernel are eight channels that follow each other.
//   fp32           [k][columns] floats, for the multiply-adds: a thread reads two times four columns, half a block apart
//   tf32 and fp16  [columns][k_stride] elements, for the tensor cores: rows of K that are whole stages of the pipeline
// and then the shift, [columns] floats, not reordered.
struct DeviceGemm {
  static constexpr int kFfmaBlock = 64, kMmaBlock = 32;
  static constexpr int kStageBytes = 128; // a stage of every pipeline divides it

  int lanes = 0;   // of a tap
  int k = 0;       // taps * lanes
  int columns = 0; // output channels in whole blocks
  int k_stride = 0;
  std::int64_t shift_at = 0; // bytes before the shift
  std::int64_t bytes = 0;
};

DeviceGemm device_gemm(const Conv2d& op, Precision precision);
void pack_device_gemm(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

std::int64_t device_gemm_bytes(const Conv2d& op, Precision precision);

} // namespace pose
