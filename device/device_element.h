// Reads and writes single elements of a device map or of packed weights, on the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device_map.h"
#include "device/half.h"

#include <cstring>

namespace pose {

// Returns the element as a float.  `from` needs no alignment.
inline float read_element(Element element, const void* from) {
  if (element == Element::f16) {
    half h;
    std::memcpy(&h, from, sizeof h);
    return __half2float(h);
  }
  float f;
  std::memcpy(&f, from, sizeof f);
  return f;
}

// Writes v, rounded to nearest.  `to` needs no alignment.
inline void write_element(Element element, float v, void* to) {
  const half h = __float2half_rn(v);
  if (element == Element::f16)
    std::memcpy(to, &h, sizeof h);
  else
    std::memcpy(to, &v, sizeof v);
}

} // namespace pose
