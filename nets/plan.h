// Plan: a graph prepared to run on one CPU: folded, fused, kernels chosen, weights packed, memory planned.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "tensor/target.h"
#include "tensor/tensor.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose {

// Kernels that a plan must use, by node name of the plan's graph.  They come from the tables or are registered (ops/registered.h).  The plan chooses
// the kernels of all other nodes.
struct KernelChoices {
  std::string source = {}; // where they come from, for messages
  std::map<std::string, std::string> kernel_of = {};
};

struct PlanOptions {
  Target target = best_target();
  int batch = 1;         // maximum batch size
  int threads = 1;       // of the pool that will run it
  bool fuse = true;      // false: every node of the graph is computed and can be observed
  bool keep_all = false; // true: no memory is reused; every value stays readable after run()
  // true: each tensor's memory is released once it is packed, so that weights are never in memory twice.  The store must not be used again.
  bool discard_weights = false;
  std::string weight_cache = {}; // folder of packed weights (nets/packed_cache.h); "": none
  KernelChoices kernels = {};    // an unknown node, or a kernel that cannot compute it here, is an Error
  bool alias_buffers = true;     // false: no value is part of another, so overwriting one (Plan::value) changes no other
};

// One kernel call.  `node` is an id of plan.graph(), the graph after folding and fusing.  A fused node has the name of the last node that was merged
// into it, so the name identifies the value it computes.
struct Step {
  int node = 0;
  const char* kernel = "";
  std::int64_t packed_floats = 0;
  std::vector<const char*> candidates = {}; // alternatives, including the kernel itself; empty for a view
};

// Thread safety: one run at a time.
class Plan {
public:
  // Called after each step with the value it computed.
  using Observer = std::function<void(const Step&, View<const float>)>;

  // Binds strictly in both directions: every parameter must exist with its shape, and every tensor of the store must be used.  Throws Error
  // otherwise.  The store may be released afterwards.
  Plan(const Graph& graph, const WeightStore& weights, const PlanOptions& options);
  ~Plan();
  Plan(Plan&&) noexcept;

  const Graph& graph() const;
  const PlanOptions& options() const;
  std::span<const Step> steps() const;

  // Returns where the caller writes the pixels of n <= batch images (never the halo).  Call it before every run(n): the memory may have held other
  // values in between, and this call zeroes its halo and padding lanes again.
  View<float> input(int n);
  // Runs n images.  pool.threads() must equal options().threads.
  void run(int n, Pool& pool, const Observer& observer = {});
  // Runs one step of the same run: call it for k = 0, 1, ..., steps().size() - 1 in this order.
  const Step& run_step(int k, int n, Pool& pool);
  // Returns the value of the last step, valid until the next one.  The caller may write to it (no halo, no padding lanes): later steps read the new
  // values.
  View<float> value(int n);
  // Returns output k of graph().outputs of the last run, valid until the next run.
  View<const float> output(int k) const;

  std::int64_t arena_bytes() const;      // activations and scratch
  std::int64_t weight_bytes() const;     // packed
  const std::string& cache_note() const; // why options().weight_cache had no effect; "": it had, or there is none

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace pose
