// Plan: a graph made ready to run on one machine: folded, fused, kernels chosen, weights packed, memory laid out.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "tensor/tensor.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose {

// Kernels by node of the plan's graph that a plan must take, of the tables or registered (ops/registered.h); it chooses those of all other nodes
// itself.
struct KernelChoices {
  std::string source = {}; // where they come from, for messages
  std::map<std::string, std::string> kernel_of = {};
};

struct PlanOptions {
  Target target = Target::ref;
  int batch = 1;         // most pictures in one run
  int threads = 1;       // of the pool that will run it
  bool fuse = true;      // false: every node of the graph computes and can be observed
  bool keep_all = false; // true: no memory is reused, every value stays readable after run()
  // true: the store's memory is given back tensor by tensor as it is packed, so that weights are never there twice; the store must not be used again.
  bool discard_weights = false;
  std::string weight_cache = {}; // folder of packed weights (nets/packed_cache.h); "": none
  KernelChoices kernels = {};    // an unknown node, or a kernel that cannot compute it here, is an Error
  bool alias_buffers = true;     // false: no value lies inside another one, so that overwriting one (Plan::value) changes no other
};

// One kernel call.  `node` is an id of plan.graph(), the graph after folding and fusing: a fused node bears the name of the last
// node that it took in, so that it names the value it computes.
struct Step {
  int node = 0;
  const char* kernel = "";
  std::int64_t packed_floats = 0;
  std::vector<const char*> candidates = {}; // what could have been taken instead, and the kernel itself; empty for a view
};

// Thread safety: one run at a time.
class Plan {
public:
  // Called after each step with the value it computed.
  using Observer = std::function<void(const Step&, View<const float>)>;

  // Binds strictly both ways: every parameter found with its shape, every tensor of the store used; throws Error otherwise.
  // The store may be dropped afterwards.
  Plan(const Graph& graph, const WeightStore& weights, const PlanOptions& options);
  ~Plan();
  Plan(Plan&&) noexcept;

  const Graph& graph() const;
  const PlanOptions& options() const;
  std::span<const Step> steps() const;

  // Where the caller writes the pixels of n <= batch pictures (never the halo).  Call it before every run(n): the memory may have
  // served other values in between, and here its halo and padding lanes are zeroed again.
  View<float> input(int n);
  // n pictures; pool.threads() == options().threads.
  void run(int n, Pool& pool, const Observer& observer = {});
  // The same run step by step: for k = 0, 1, ..., steps().size() - 1 in this order.
  const Step& run_step(int k, int n, Pool& pool);
  // The value of the step that ran last, until the next one.  What is written here (no halo, no padding lanes) is what later steps read.
  View<float> value(int n);
  // Results of the last run, valid until the next one; k counts graph().outputs.
  View<const float> output(int k) const;

  std::int64_t arena_bytes() const;      // activations and scratch
  std::int64_t weight_bytes() const;     // packed
  const std::string& cache_note() const; // why options().weight_cache was of no use; "": it was, or there is none

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace pose
