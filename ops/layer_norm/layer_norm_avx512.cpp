// Instantiates layer_norm.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/layer_norm/layer_norm.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/layer_norm/layer_norm.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<LayerNorm> layer_norm_avx512{"avx512", Target::avx512, avx512::accepts, layer_norm_packed_floats, layer_norm_pack, nullptr, avx512::run};

} // namespace pose
