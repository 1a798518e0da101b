// Instantiates activation.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/activation/others.inc.h"

#include "ops/activation/activation.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Activation> activation_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
