// DevicePlan: a graph prepared to run on one GPU.  The CPU counterpart is Plan (plan.h).
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
  int batch = 1;                // maximum batch size
  bool fuse = true;             // false: every node of the graph is computed and can be observed
  bool keep_all = false;        // true: no memory is reused; every value stays readable after a run
  bool discard_weights = false; // true: each tensor's memory is freed once packed; the store must not be used again
  bool capture = true;          // true: a run is one captured graph; false: kernels are enqueued one by one
  bool alias_buffers = true;    // false: no value is part of another, so overwriting one (DevicePlan::write) changes no other
};

// One kernel call, as Step (plan.h).
struct DeviceStep {
  int node = 0;            // of graph()
  const char* kernel = ""; // "view": nothing to compute
  DeviceMap out = {};      // for options().batch images
  std::int64_t packed_bytes = 0;
};

// Thread safety: one caller at a time, and one run at a time.  A run must wait for the previous one to end, on any stream.
class DevicePlan {
public:
  // Called after each step with the step and its device time in milliseconds.
  using Observer = std::function<void(const DeviceStep&, float)>;

  // Binds strictly in both directions, as Plan does.  Throws Error for a node without a device kernel, and when GPU memory is too small.  The store
  // may be released afterwards.  The GPU must outlive the plan.
  DevicePlan(const Graph& graph, const WeightStore& weights, const DevicePlanOptions& options, Gpu& gpu);
  ~DevicePlan();
  DevicePlan(DevicePlan&&) noexcept;

  const Graph& graph() const; // after folding and fusing
  const DevicePlanOptions& options() const;
  std::span<const DeviceStep> steps() const;

  // Returns where the caller writes the pixels of n <= batch images, all lanes, before each run.  Later steps of a run reuse this memory.
  DeviceMap input(int n) const;
  // Enqueues a run of n images on the stream.  The first run for each n captures its graph.  Errors name layer and kernel.
  void enqueue(int n, Stream& stream);
  // Calls stream.synchronize(), and adds the name of this network to its Error.
  void finish(Stream& stream) const;
  // Returns output k of graph().outputs for a run of n images, valid until the next run begins.
  DeviceMap output(int k, int n) const;

  // Runs step by step, and waits for each step.
  void run_observed(int n, Stream& stream, const Observer& observer);
  // Runs one step, without timing: call it for k = 0, 1, ..., steps().size() - 1 in this order.
  const DeviceStep& run_step(int k, int n, Stream& stream);
  // Returns a node's value for n images as dense [n, c, h, w] floats; rows keep their form.  Valid for a step in its observer, for outputs after a
  // run, and for all nodes with keep_all.  Waits for the stream.
  std::vector<float> read(int node, int n, Stream& stream) const;
  // Overwrites what read() returns; needs alias_buffers = false.  Later steps read these values, rounded to the map's element type.
  void write(int node, std::span<const float> values, int n, Stream& stream);
  // Writes dense [n, c, h, w] floats to the input.  Waits for the stream.
  void write_input(const float* nchw, int n, Stream& stream);

  std::int64_t arena_bytes() const;  // activations and scratch
  std::int64_t weight_bytes() const; // packed

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace pose
