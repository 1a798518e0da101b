// Rivals of bench/ops: convolutions of other libraries, in those libraries' own layouts, checked like our kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_run.h"

namespace pose::bench {

// Those that this program was built with.
Rivals rivals_of_build(const Settings& settings);

// Plain sums: without activation, residual or placing, as convolutions stand in the networks' descriptions.
bool is_plain(const Conv2d& op);

// Each built only where its library is; for convolutions that are plain.
Contender<Conv2d> rival_onednn(int threads); // any window and groups, in the layouts that oneDNN chooses; weights are in them before the clock starts
Contender<Conv2d> rival_openblas(int threads); // one product of matrices, behind im2col, which is timed, unless the window is 1 x 1

} // namespace pose::bench
