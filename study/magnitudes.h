// A net of magnitudes: for the |inputs| of a layer it computes the sum of |terms| behind each of the layer's values, which bounds the roundings.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/net.h"
#include "nets/zoo.h"
#include "study/describe.h"

namespace pose::study {

// The same nodes with absolute parameters (of a batch norm's mean the negative), and every activation replaced by relu, which leaves numbers from 0
// on as they are; so folding and fusing find the same structure.  Copies the weights; discard: gives the originals' memory back meanwhile.
Model magnitudes_of(const Model& net, bool discard);

// For the plan of magnitudes: the kernels of layers that `run` computes by Winograd's algorithm, whose terms are others.
KernelChoices magnitude_kernels(const Net& run);

} // namespace pose::study
