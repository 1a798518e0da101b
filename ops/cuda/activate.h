// Activation functions in CUDA kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/simt.h"
#include "ops/activation/act.h"

namespace simt {

// Computes act(x); ops/activation/act.h defines the functions.
__device__ __forceinline__ float activate(const pose::Act& act, float x) {
  switch (act.kind) {
    case pose::ActKind::linear: return x;
    case pose::ActKind::leaky: return x > 0 ? x : act.slope * x;
    case pose::ActKind::relu: return x < 0 ? 0.0f : x; // keeps NaN
    case pose::ActKind::relu6: return x < 0 ? 0.0f : x > 6 ? 6.0f : x;
    case pose::ActKind::logistic: return 1 / (1 + expf(-x));
    case pose::ActKind::mish: {
      // x * tanh(ln(1 + e^x)) = x * n / (n + 2) with n = e^x (e^x + 2); from 20 on the result is x to the last bit
      const float e = expf(x < 20 ? x : 20.0f), n = e * (e + 2);
      return x > 20 ? x : x * (n / (n + 2));
    }
    case pose::ActKind::swish: return x / (1 + expf(-x));
  }
  return x;
}

} // namespace simt
