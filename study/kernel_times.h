// Every kernel's time for every layer of a net: shown, or written to a tuning file.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/layer_table.h"

namespace pose::study {

// To standard output.
void time_all_kernels(const Model& net, const TableOptions& options, const RunOptions& run);

// Puts the net's entry into the tuning file, which may hold others.  Interrupted leaves the file as it was.
void tune_layers(const Model& net, const std::string& path, const TableOptions& options, const RunOptions& run);

} // namespace pose::study
