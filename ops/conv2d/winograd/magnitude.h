// Kernels that compute, in place of a convolution, what bounds the roundings of a Winograd kernel for it.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/winograd/check.h"

namespace pose {

// Of the magnitudes of inputs and weights (which may have signs: absolute values are taken): the sum of |terms| of F(m x m, 3 x 3) behind each
// result, in units of the reference's bound, so that rounding_bound() (ops/bounds.h) of it is the bound for the Winograd kernel.  Scale, shift and
// residual as they are, no activation.  Packed as the reference packs.  For 3 x 3 kernels without groups; null for kinds that are no Winograd.
//
// In double, a row of tiles at a time; takes memory as it runs: for tests and `layers diff`, in no table.  Its name is `magnitude_winogradM`.
const Kernel<Conv2d>* winograd_magnitude(WinogradKind kind);

} // namespace pose
