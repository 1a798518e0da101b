// C++ types for numpy's element types, and lossless conversions.
// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pose {

static_assert(std::endian::native == std::endian::little, "files are little-endian and are mapped as they are");

// IEEE 754 binary16.  C++20 has no type for it.
struct Half {
  std::uint16_t bits = 0;
};

inline float to_float(Half half) {
  const std::uint32_t sign = std::uint32_t(half.bits & 0x8000) << 16, exponent = half.bits >> 10 & 31, fraction = half.bits & 0x3ff;
  if (exponent == 0) return std::copysign(float(fraction) * 0x1p-24f, std::bit_cast<float>(sign)); // zero, subnormal
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

// bfloat16: the upper half of a float32.  safetensors has a name for it, numpy does not.
struct Brain {
  std::uint16_t bits = 0;
};

inline float to_float(Brain brain) {
  return std::bit_cast<float>(std::uint32_t(brain.bits) << 16);
}

// Calls f(T()) with the C++ type of numpy's `type`.  Returns false for an unknown or big-endian type.  Booleans are bytes.
template <class F> bool with_npy_type(std::string_view type, F&& f) {
  if (type == "<f4") return f(float()), true;
  if (type == "<f2") return f(Half()), true;
  if (type == "<f8") return f(double()), true;
  if (type == "|b1" || type == "|u1") return f(std::uint8_t()), true;
  if (type == "|i1") return f(std::int8_t()), true;
  if (type == "<u2") return f(std::uint16_t()), true;
  if (type == "<i2") return f(std::int16_t()), true;
  if (type == "<u4") return f(std::uint32_t()), true;
  if (type == "<i4") return f(std::int32_t()), true;
  if (type == "<u8") return f(std::uint64_t()), true;
  if (type == "<i8") return f(std::int64_t()), true;
  return false;
}

// Returns the bytes of an element, or 0 for an unknown type.
inline std::size_t npy_item_size(std::string_view type) {
  std::size_t size = 0;
  with_npy_type(type, [&](auto zero) { size = sizeof zero; });
  return size;
}

// Assigns to = from.  Returns false if `to` cannot hold the value exactly.  NaN stays NaN between floating-point types.
template <class From, class To> bool convert_exactly(From from, To& to) {
  if constexpr (std::is_same_v<From, Half>) {
    return convert_exactly(to_float(from), to);
  } else if constexpr (std::is_integral_v<From> && std::is_integral_v<To>) {
    to = To(from);
    return std::in_range<To>(from);
  } else if constexpr (std::is_integral_v<To>) {
    const double value = from;
    // Both bounds are powers of two and therefore exact.  The condition is false for NaN.
    if (!(value >= double(std::numeric_limits<To>::min()) && value < std::ldexp(1.0, std::numeric_limits<To>::digits))) return false;
    to = To(value);
    return double(to) == value;
  } else if constexpr (std::is_integral_v<From>) {
    to = To(from);
    if constexpr (std::numeric_limits<From>::digits <= std::numeric_limits<To>::digits) return true;
    From back = 0;
    return convert_exactly(to, back) && back == from;
  } else {
    to = To(from);
    return double(to) == double(from) || std::isnan(from);
  }
}

} // namespace pose
