// The vector functions of f32x8.h, callable from code that is not compiled for AVX2.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose::vec {

// y[i] = f(x[i]) for 8 numbers.
using Function = void(const float* x, float* y);
Function exp_avx2, logistic_avx2, mish_avx2, swish_avx2;

} // namespace pose::vec
