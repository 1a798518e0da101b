// The only file of the tests that is compiled for AVX2.
// SPDX-License-Identifier: MIT
#include "tests/ops/vec_functions.h"

#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

template <class F> POSE_INLINE void each_vector(const float* x, float* y, F f) {
  for (int i = 0; i < vec::kCount; i += kV) store(y + i, f(load(x + i)));
}

void exp_of(const float* x, float* y) {
  each_vector(x, y, [](V v) { return exp(v); });
}

void logistic_of(const float* x, float* y) {
  each_vector(x, y, [](V v) { return logistic(v); });
}

void mish_of(const float* x, float* y) {
  each_vector(x, y, [](V v) { return mish(v); });
}

void swish_of(const float* x, float* y) {
  each_vector(x, y, [](V v) { return apply(ActKind::swish, zero(), v); });
}

} // namespace
} // namespace pose::avx2

namespace pose::vec {

const Functions avx2_functions{avx2::exp_of, avx2::logistic_of, avx2::mish_of, avx2::swish_of};

} // namespace pose::vec
