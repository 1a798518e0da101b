// Times of a net's layers, however they were measured, and the files that they are written to.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "tensor/file.h"

#include <string>
#include <vector>

namespace pose::study {

struct KernelTime {
  std::string kernel;
  double seconds = 1e30; // the best of all runs
};

struct LayerTimes {
  int node = 0;                    // of the graph
  double bytes = 0;                // that must move at least: inputs and output of the batch, packed weights
  std::vector<KernelTime> kernels; // the chosen one, or all that could compute the layer
  std::size_t chosen = 0;          // of kernels
  double start = 0, duration = 0;  // in the best run as a whole, in seconds

  const KernelTime& taken() const { return kernels[chosen]; }
};

struct NetTimes {
  Graph graph; // after folding and fusing
  std::vector<LayerTimes> layers;
  std::string device, precision; // "cpu" or the GPU's name
  std::string target;            // of the CPU; "" on a GPU
  int batch = 1, threads = 1, reps = 1;
  double best_run = 0; // seconds of the best run as a whole; 0: all kernels of every layer were measured
  double peak = 0;     // GFLOP/s of all threads; 0: not known
};

// 0 for a kernel of the name "view": nothing moves.
double bytes_of_layer(const Graph& graph, int node, const std::string& kernel, int batch, int value_bytes, std::int64_t weight_bytes);
double gflop_of(const NetTimes& times, const LayerTimes& layer); // of the batch: two for each multiply-add

// Both write the whole file and commit it.  docs/layer_times.md describes the fields.  The bandwidth of `threads` threads is measured for it on a
// CPU.  Throws Error when it cannot be written.
void write_times(AtomicFile& file, const NetTimes& times);

// The best run as a whole in Chrome's trace event format, a slice a layer.  Throws Error when it cannot be written.
void write_trace(AtomicFile& file, const NetTimes& times);

} // namespace pose::study
