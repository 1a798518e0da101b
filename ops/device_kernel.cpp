// Precisions and their names.
// SPDX-License-Identifier: MIT
#include "ops/device_kernel.h"

#include "tensor/error.h"

namespace pose {

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::tf32: return "tf32";
    case Precision::fp16: return "fp16";
  }
  return "?";
}

Precision parse_precision(const std::string& text) {
  for (const Precision p : {Precision::fp32, Precision::tf32, Precision::fp16}) {
    if (text == name_of(p)) return p;
  }
  fail("precision {}: expected fp32, tf32 or fp16", text);
}

} // namespace pose
