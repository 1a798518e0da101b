// Instantiates layer_norm.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/layer_norm/layer_norm.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/layer_norm/layer_norm.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<LayerNorm> layer_norm_avx2{"avx2", Target::avx2, avx2::accepts, layer_norm_packed_floats, layer_norm_pack, nullptr, avx2::run};

} // namespace pose
