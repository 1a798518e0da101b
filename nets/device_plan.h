// DevicePlan: a graph made ready to run on one GPU; the sister of Plan (plan.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace pose {

struct DevicePlanOptions {
  Precision precision = Precision::fp32;
  int batch = 1;                // most pictures in one run
  bool fuse = true;             // false: every node of the graph computes and can be observed
  bool keep_all = false;        // true: no memory is reused, every value stays readable after a run
  bool discard_weights = false; // true: the store's memory is given back tensor by tensor as it is packed; the store must not be used again
  bool capture = true;          // true: a run is one captured graph; false: its kernels are enqueued one by one
  bool alias_buffers = true;    // false: no value lies inside another one, so that overwriting one (DevicePlan::write) changes no other
};

// One kernel call, as Step (plan.h).
struct DeviceStep {
  int node = 0;            // of graph()
  const char* kernel = ""; // "view": nothing to compute
  DeviceMap out = {};      // for options().batch pictures
  std::int64_t packed_bytes = 0;
};

// Thread safety: one caller at a time, and one run at a time: what begins before the last run has ended, on any stream, must wait for it.
class DevicePlan {
public:
  // Called after each step: the step and the milliseconds that the device took for it.
  using Observer = std::function<void(const DeviceStep&, float)>;

  // Binds strictly both ways, as Plan.  Throws Error for a node that no kernel of the device computes, and when the GPU's memory is too small.
  // The store may be dropped afterwards; the GPU must outlive the plan.
  DevicePlan(const Graph& graph, const WeightStore& weights, const DevicePlanOptions& options, Gpu& gpu);
  ~DevicePlan();
  DevicePlan(DevicePlan&&) noexcept;

  const Graph& graph() const; // after folding and fusing
  const DevicePlanOptions& options() const;
  std::span<const DeviceStep> steps() const;

  // Where the caller writes the pixels of n <= batch pictures, all lanes, before each run (the memory serves other values later in the run).
  DeviceMap input(int n) const;
  // A run of n pictures as the stream's next work.  The first one for each n captures its graph.  An Error names layer and kernel.
  void enqueue(int n, Stream& stream);
  // stream.synchronize(); its Error says that it was this net.
  void finish(Stream& stream) const;
  // Results of a run of n pictures, valid until the next one begins; k counts graph().outputs.
  DeviceMap output(int k, int n) const;

  // A run step by step, each to its end.
  void run_observed(int n, Stream& stream, const Observer& observer);
  // The same without times: for k = 0, 1, ..., steps().size() - 1 in this order.
  const DeviceStep& run_step(int k, int n, Stream& stream);
  // The value of a node for n pictures as dense [n, c, h, w] floats, rows as they are: of a step in its observer, of outputs after a run, of all
  // with keep_all.  Waits for the stream.
  std::vector<float> read(int node, int n, Stream& stream) const;
  // Overwrites what read() reads, with nest = false; what later steps read are these numbers, rounded to the map's element.
  void write(int node, std::span<const float> values, int n, Stream& stream);
  // Writes dense [n, c, h, w] floats to the input; waits for the stream.
  void write_input(const float* nchw, int n, Stream& stream);

  std::int64_t arena_bytes() const;  // activations and scratch
  std::int64_t weight_bytes() const; // packed

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace pose
