// Measures every kernel for every layer of a net, and prints the times or writes a tuning file.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/layer_table.h"

namespace pose::study {

// Prints the times of all kernels to standard output.
void time_all_kernels(const Model& net, const TableOptions& options, const RunOptions& run);

// Writes the net's entry to the tuning file and keeps the other entries.  Leaves the file unchanged when it throws Interrupted.
void tune_layers(const Model& net, const std::string& path, const TableOptions& options, const RunOptions& run);

} // namespace pose::study
