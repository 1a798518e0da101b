// A net of magnitudes.  Given the |inputs| of a layer, it computes the sum of |terms| of each value, from which rounding errors are bounded.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/net.h"
#include "nets/zoo.h"
#include "study/describe.h"

namespace pose::study {

// Returns the net with absolute parameters (for the mean of a batch norm: minus its absolute value), and relu for every activation.  Relu leaves
// nonnegative values unchanged, so that folding and fusing find the same structure.  Copies the weights; discard: frees the originals' memory as it
// copies.
Model magnitudes_of(const Model& net, bool discard);

// Returns kernels for the plan of magnitudes: one for each layer that `run` computes by Winograd's algorithm, which sums other terms.
KernelChoices magnitude_kernels(const Net& run);

} // namespace pose::study
