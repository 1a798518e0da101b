// A net of magnitudes: for the |inputs| of a layer it computes the sum of |terms| behind each of the layer's values, which bounds the roundings.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/layer_run.h"
#include "nets/zoo.h"

namespace pose::apps {

// The same nodes with absolute parameters (of a batch norm's mean the negative), and every activation replaced by relu, which leaves numbers from 0
// on as they are; so folding and fusing find the same structure.  Copies the weights; discard: gives the originals' memory back meanwhile.
Model magnitudes_of(const Model& net, bool discard);

// For the plan of magnitudes: the kernels of layers that `run` computes by Winograd's algorithm, whose terms are others.
KernelChoices magnitude_kernels(const LayerRun& run);

} // namespace pose::apps
