// Prints tables of a network's layers and of their times.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

namespace pose::study {

struct TableOptions {
  bool all = false, all_kernels = false;
  int batch = 1, reps = 5;
  double peak = 0;                   // GFLOP/s of 100 %; 0: measured on a CPU, unknown on a GPU
  std::string json = {}, trace = {}; // files for the times (net_times.h); "": none
};

std::string shape_text(const Shape& s);     // returns "CxHxW"
std::size_t name_width(const Graph& graph); // returns the width of the column of layer names

// Prints the layers to standard output.
void list_layers(const Model& net, const TableOptions& options, const RunOptions& run);

// Measures the layers, prints the times and writes the files of the options.
void time_layers(const Model& net, const TableOptions& options, const RunOptions& run);

} // namespace pose::study
