// Kernels that compute, instead of a convolution, the error bound of a Winograd kernel for it.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/winograd/check.h"

namespace pose {

// Returns the kernel for a Winograd kind, null for other kinds.  It supports 3 x 3 kernels without groups.
//
// From magnitudes of inputs and weights (it takes absolute values) it computes the sum of |terms| of F(m x m, 3 x 3) for each result.
// The unit is the reference's bound: rounding_bound() (ops/bounds.h) of the result is the bound for the Winograd kernel.
// Scale, shift and residual are applied unchanged, activations are not.  It packs as the reference packs.
// It computes in double, a row of tiles at a time, and allocates memory as it runs.
// It is for tests and `layers diff` and is in no table.  Its name is `magnitude_winogradM`.
const Kernel<Conv2d>* winograd_magnitude(WinogradKind kind);

} // namespace pose
