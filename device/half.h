// half and half2 on the host: CUDA's 16-bit floats (IEEE 754 binary16) under CUDA's names, and rounding to tf32.
// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

struct half {
  std::uint16_t bits;
};
struct alignas(4) half2 {
  half x, y;
};

inline std::uint16_t __half_as_ushort(half h) {
  return h.bits;
}
inline half __ushort_as_half(std::uint16_t bits) {
  return {bits};
}

// Converts exactly.
inline float __half2float(half h) {
  const std::uint32_t magnitude = h.bits & 0x7fffu, sign = std::uint32_t(h.bits & 0x8000u) << 16;
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f; // the exponent biases differ by 112; subnormals come out right, too
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | (magnitude >= 0x7c00u ? 0x7f800000u : 0u) | sign);
}

// Rounds to nearest, ties to even.  Values from 65520 on become infinity; NaN stays NaN.
inline half __float2half_rn(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f), magnitude = bits & 0x7fffffffu, sign = bits >> 16 & 0x8000u;
  std::uint32_t h = 0;
  if (magnitude > 0x7f800000u) {
    h = 0x7fffu;
  } else if (magnitude >= 0x477ff000u) {
    h = 0x7c00u;
  } else if (magnitude < 0x38800000u) { // subnormal: the last bit of the sum weighs 2^-24
    h = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
  } else {
    h = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
  }
  return {std::uint16_t(h | sign)};
}

namespace simt {

// Documented in simt.h.
inline std::uint32_t tf32_nearest(std::uint32_t bits) {
  const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
  return (finite ? bits + 0x1000u : bits) & ~0x1fffu;
}

} // namespace simt
