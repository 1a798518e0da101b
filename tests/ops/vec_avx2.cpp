// The only file of the tests that is compiled for AVX2.
// SPDX-License-Identifier: MIT
#include "tests/ops/vec_avx2.h"

#include "ops/vec/f32x8.h"

namespace pose::vec {

void exp_avx2(const float* x, float* y) {
  avx2::store(y, avx2::exp(avx2::load(x)));
}

void logistic_avx2(const float* x, float* y) {
  avx2::store(y, avx2::logistic(avx2::load(x)));
}

void mish_avx2(const float* x, float* y) {
  avx2::store(y, avx2::mish(avx2::load(x)));
}

void swish_avx2(const float* x, float* y) {
  avx2::store(y, avx2::apply(ActKind::swish, avx2::zero(), avx2::load(x)));
}

} // namespace pose::vec
