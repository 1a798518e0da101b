// Names of precisions.
// SPDX-License-Identifier: MIT
#include "ops/device_kernel.h"

namespace pose {

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::tf32: return "tf32";
    case Precision::fp16: return "fp16";
  }
  return "?";
}

} // namespace pose
