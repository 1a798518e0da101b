// Packs conv2d weights for the implicit GEMM kernels on a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// Implicit GEMM: output pixels x output channels, summed over K = (ky, kx, input lane).  The padding lanes of a tap have weight 0.
// Output channels are numbered by packed_place and rounded up to whole blocks.
// Within a block they are reordered so that the sums of one thread are eight consecutive channels.
//   fp32           [k][columns] floats, for multiply-adds: a thread reads two times four columns, half a block apart
//   tf32 and fp16  [columns][k_stride] elements, for tensor cores: rows of K padded to whole stages of the pipeline
// The shift follows, [columns] floats, not reordered.
struct DeviceGemm {
  static constexpr int kFfmaBlock = 64, kMmaBlock = 32;
  static constexpr int kStageBytes = 128; // a multiple of the stage of every pipeline

  int lanes = 0;   // per tap
  int k = 0;       // taps * lanes
  int columns = 0; // output channels, padded to whole blocks
  int k_stride = 0;
  std::int64_t shift_at = 0; // byte offset of the shift
  std::int64_t bytes = 0;
};

DeviceGemm device_gemm(const Conv2d& op, Precision precision);
void pack_device_gemm(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

std::int64_t device_gemm_bytes(const Conv2d& op, Precision precision);

} // namespace pose
