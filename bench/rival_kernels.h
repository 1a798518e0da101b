// Baselines of bench/ops: convolutions of other libraries, in those libraries' own layouts, checked like our kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_run.h"

namespace pose::bench {

// Returns the baselines that this program was built with.
Rivals rivals_of_build(const Settings& settings);

// Returns whether the convolution is a plain sum: without activation, residual or store mode, as in the networks' descriptions.
bool is_plain(const Conv2d& op);

// Each exists only where its library was found; for plain convolutions.
Contender<Conv2d>
rival_onednn(int threads); // any window and groups, in the layouts that oneDNN chooses; weights are reordered before the clock starts
Contender<Conv2d> rival_openblas(int threads); // one matrix product after im2col, which is timed, unless the window is 1 x 1

} // namespace pose::bench
