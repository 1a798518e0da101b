// Implements pack.h: the weight order of the implicit GEMM kernels.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cuda/pack.h"

#include "device/half.h"
#include "ops/conv2d/pack.h"

#include <bit>
#include <cstring>

namespace pose {
namespace {

std::int64_t round_up(std::int64_t v, int to) {
  return (v + to - 1) / to * to;
}

// Returns the column of a packed channel.  Thread t of eight has channels 8 t .. 8 t + 7 of a block: four in each half.
int ffma_column(int place) {
  return place / 64 * 64 + place % 8 / 4 * 32 + place % 64 / 8 * 4 + place % 4;
}

// Returns the column of a packed channel.  A block has four mma tiles of 8 columns; lane t of four has columns 2 t and 2 t + 1 of each.
// They are channels 8 t .. 8 t + 7.
int mma_column(int place) {
  return place / 32 * 32 + place % 8 / 2 * 8 + place % 32 / 8 * 2 + place % 2;
}

float nearest_tf32(float v) {
  return std::bit_cast<float>(simt::tf32_nearest(std::bit_cast<std::uint32_t>(v)));
}

} // namespace

DeviceGemm device_gemm(const Conv2d& op, Precision precision) {
  const bool ffma = precision == Precision::fp32;
  const int element = bytes_of(element_of(precision));
  DeviceGemm g;
  g.lanes = device_lanes(op.in_c);
  g.k = op.kernel_h * op.kernel_w * g.lanes;
  g.columns = int(round_up(op.out_c, ffma ? DeviceGemm::kFfmaBlock : DeviceGemm::kMmaBlock));
  g.k_stride = ffma ? g.k : int(round_up(g.k, DeviceGemm::kStageBytes / element));
  g.shift_at = std::int64_t(g.columns) * g.k_stride * element;
  g.bytes = g.shift_at + g.columns * std::int64_t(sizeof(float));
  return g;
}

std::int64_t device_gemm_bytes(const Conv2d& op, Precision precision) {
  return device_gemm(op, precision).bytes;
}

void pack_device_gemm(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed) {
  const DeviceGemm g = device_gemm(op, precision);
  const int taps = op.kernel_h * op.kernel_w;
  float* const shift = reinterpret_cast<float*>(packed + g.shift_at);
  for (int c = 0; c < op.out_c; c++) {
    const int place = packed_place(op, c);
    const float scale = scale_of(raw, c);
    const float* w = raw.tensors[0] + std::int64_t(c) * op.in_c * taps;
    for (int i = 0; i < op.in_c; i++) {
      for (int tap = 0; tap < taps; tap++) {
        const float v = *w++ * scale;
        const std::int64_t k = std::int64_t(tap) * g.lanes + i;
        if (precision == Precision::fp32) {
          reinterpret_cast<float*>(packed)[k * g.columns + ffma_column(place)] = v;
        } else if (precision == Precision::tf32) {
          reinterpret_cast<float*>(packed)[std::int64_t(mma_column(place)) * g.k_stride + k] = nearest_tf32(v);
        } else {
          reinterpret_cast<half*>(packed)[std::int64_t(mma_column(place)) * g.k_stride + k] = __float2half_rn(v);
        }
      }
    }
    shift[place] = shift_of(op, raw, c);
  }
}

} // namespace pose
