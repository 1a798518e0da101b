// Layer tables: what a network consists of, and where its time goes.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

namespace pose::study {

struct TableOptions {
  bool all = false, all_kernels = false;
  int batch = 1, reps = 5;
  double peak = 0;                   // GFLOP/s that are 100 %; 0: what is measured on a CPU, none on a GPU
  std::string json = {}, trace = {}; // files for times: net_times.h; "": none
};

std::string shape_text(const Shape& s);
std::size_t name_width(const Graph& graph); // of the column of layers' names

// To standard output, and to the files of the options.
void list_layers(const Model& net, const TableOptions& options, const RunOptions& run);
void time_layers(const Model& net, const TableOptions& options, const RunOptions& run);

} // namespace pose::study
