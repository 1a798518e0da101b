// Declares the vector functions of ops/vec for code that is not compiled for their targets.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose::vec {

inline constexpr int kCount = 16; // numbers per call: whole vectors of every width

// y[i] = f(x[i]) for kCount numbers.
using Function = void(const float* x, float* y);

struct Functions {
  Function *exp, *logistic, *mish, *swish;
};

extern const Functions avx2_functions, avx512_functions;

} // namespace pose::vec
