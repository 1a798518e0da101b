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
    default: return x; // activate_other has them
  }
}

// Returns slope x + 1/2 limited to 0 ... 1.
__device__ __forceinline__ float hard_sigmoid(float slope, float x) {
  const float y = slope * x + 0.5f;
  return y < 0 ? 0.0f : y > 1 ? 1.0f : y; // keeps NaN
}

// Computes a function that only the activation op has.
__device__ __forceinline__ float activate_other(const pose::Act& act, float x) {
  constexpr float kSelu = 1.0507f, kSeluBelow = 1.0507f * 1.6732f;
  switch (act.kind) {
    case pose::ActKind::tanh: return 2 / (1 + expf(-2 * x)) - 1;
    case pose::ActKind::loggy: return 2 / (1 + expf(-x)) - 1;
    case pose::ActKind::elu: return x < 0 ? expf(x) - 1 : x;
    case pose::ActKind::selu: return x < 0 ? kSeluBelow * (expf(x) - 1) : kSelu * x;
    case pose::ActKind::gelu: return x < -1e6f ? 0.0f : x / (1 + expf(-2 * x * (0.797885f + 0.035677f * x * x)));
    case pose::ActKind::ramp: return x > 0 ? 1.1f * x : 0.1f * x;
    case pose::ActKind::hard_mish: return x < -2 ? 0.0f : x < 0 ? x * (0.5f * x + 1) : x;
    case pose::ActKind::hardtan: return x < -1 ? -1.0f : x > 1 ? 1.0f : x;
    case pose::ActKind::lhtan: return x < 0 ? 0.001f * x : x > 1 ? 0.001f * (x - 1) + 1 : x;
    case pose::ActKind::plse: return x < -4 ? 0.01f * (x + 4) : x > 4 ? 0.01f * (x - 4) + 1 : 0.125f * x + 0.5f;
    case pose::ActKind::stair: {
      const float n = floorf(x), half = floorf(x / 2);
      return n == 2 * half ? half : half + (x - n);
    }
    case pose::ActKind::hard_sigmoid: return hard_sigmoid(act.slope, x);
    case pose::ActKind::hard_swish: return x < -0.5f / act.slope ? 0.0f : x * hard_sigmoid(act.slope, x);
    case pose::ActKind::gelu_erf: return x < -1e6f ? 0.0f : 0.5f * x * erfcf(-0.707106781f * x);
    case pose::ActKind::erf: return erff(x);
    case pose::ActKind::exp: return expf(x);
    case pose::ActKind::sqrt: return sqrtf(x);
    default: return x;
  }
}

} // namespace simt
