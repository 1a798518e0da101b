// The times of a net's layers on any device, and their files.
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
  int node = 0;                    // index in the graph
  double bytes = 0;                // least memory traffic: inputs and output of the batch, packed weights
  std::vector<KernelTime> kernels; // the chosen one, or all kernels that can compute the layer
  std::size_t chosen = 0;          // index in `kernels`
  double start = 0, duration = 0;  // in the best run, in seconds

  const KernelTime& chosen_kernel() const { return kernels[chosen]; }
};

struct NetTimes {
  Graph graph; // after folding and fusing
  std::vector<LayerTimes> layers;
  std::string device, precision; // "cpu" or the GPU's name
  std::string target;            // of the CPU; "" on a GPU
  int batch = 1, threads = 1, reps = 1;
  double best_run = 0; // seconds of the best whole run; 0: all kernels of every layer were measured
  double peak = 0;     // GFLOP/s of all threads; 0: unknown
};

// Returns the least memory traffic of a layer, as in LayerTimes; 0 for the kernel "view", which moves no data.
double bytes_of_layer(const Graph& graph, int node, const std::string& kernel, int batch, int value_bytes, std::int64_t weight_bytes);

// Returns the GFLOP of a layer for the batch: two operations per multiply-add.
double gflop_of(const NetTimes& times, const LayerTimes& layer);

// Writes the times as JSON (docs/layer_times.md) and commits the file.  For times of a CPU, first measures the memory bandwidth of times.threads
// threads.  Throws Error when the file cannot be written.
void write_times(AtomicFile& file, const NetTimes& times);

// Writes the best run in Chrome's trace event format, one slice per layer, and commits the file.  Throws Error when it cannot be written.
void write_trace(AtomicFile& file, const NetTimes& times);

} // namespace pose::study
