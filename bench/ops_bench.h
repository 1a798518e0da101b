// The kernels and baselines that bench/ops times, each with a runner for a case, hot and cold; results are checked before the first timed run.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_cases.h"
#include "ops/registered.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

namespace pose::bench {

// One way to compute a case, with its own inputs, weights and outputs.
class Runner {
public:
  virtual ~Runner() = default;
  virtual void run(int set) = 0; // set: index of the copy of inputs, weights and output
  virtual const Tensor& result() = 0;
  // For work that the CPU's clock does not measure: calls run() as often as needed to be measurable, and returns the seconds of one call.
  virtual bool has_clock() const { return false; }
  virtual double seconds(const std::function<void()>&) { return 0; }
};

// A kernel of ours, or a baseline.
template <class P> struct Contender {
  std::string name;
  std::optional<Precision> device = {};    // of a device kernel
  std::function<float(float)> stored = {}; // converts inputs to the precision in which they are stored; null: unchanged
  std::function<bool(const OpCase<P>&)> accepts;
  // sets: number of copies of inputs, weights and output.  The inputs must outlive the runner.
  std::function<std::unique_ptr<Runner>(const OpCase<P>&, const Inputs&, int sets)> make;
  std::function<int(std::int64_t bytes)> cold_sets = {}; // where the CPU's cache is not the relevant one; null: pose::bench::cold_sets
};

// State between the calls of one benchmark, since Google Benchmark calls it several times.
struct Prepared {
  std::string name, case_name; // of the runner, of the inputs
  Inputs inputs;
  std::unique_ptr<Runner> runner;
  std::string fault;      // why its times would be worthless; empty: its result is right
  std::vector<int> order; // order in which the sets are used
};
Prepared& prepared();

// A registered benchmark.
struct Entry {
  std::string name, label;
  double flop = 0, bytes = 0; // per run; bytes: inputs, output and weights, each once
  int layers = 1;             // number of layers of this shape in the networks
};
std::vector<Entry>& entries(); // all of them
int& wrong_results();          // benchmarks that were not timed because their result was wrong

// Returns the number of copies of so many bytes that keeps each copy out of the last-level cache until its next use.
int cold_sets(std::int64_t bytes);
// Returns the first element that was never written (NaN), else the failure of the check; empty: right.
std::string fault_of(const Tensor& y, const std::function<Difference()>& check);
// Times the runner in prepared().
void time_prepared(benchmark::State& state, const Settings& settings, const Entry& entry);
// Adds the entry and registers it with Google Benchmark, unless only a list is requested.
void add_entry(const Settings& settings, const Entry& entry, const std::function<void(benchmark::State&)>& run);

template <class P> Entry entry_of(const OpCase<P>& c) {
  Entry entry;
  entry.label = to_text(c.places);
  entry.layers = layers_of(c.places);
  entry.flop = 2.0 * double(macs(c.site.op, std::span<const Shape>(c.site.in), c.out));
  std::int64_t floats = c.out.count();
  for (const Shape& s : c.site.in) floats += s.count();
  for (std::int64_t n : c.site.params) floats += n;
  entry.bytes = double(floats) * sizeof(float);
  return entry;
}

template <class P> void prepare(const Entry& entry, const Contender<P>& contender, const OpCase<P>& c, Cache cache) {
  Prepared& p = prepared();
  if (p.name == entry.name) return;
  p.name = entry.name;
  p.runner.reset(); // frees its memory before the next one allocates
  const std::string case_name = op_name<P> + c.name() + (contender.stored ? contender.name : "");
  if (p.case_name != case_name) {
    p.case_name = case_name;
    p.inputs = make_inputs(c.site.in, c.site.params);
    if constexpr (std::is_same_v<P, BatchNorm>) {
      for (float& variance : p.inputs.weights[3]) variance = std::fabs(variance) + 1;
    }
    if (contender.stored) {
      for (std::vector<float>& v : p.inputs.values) std::transform(v.begin(), v.end(), v.begin(), contender.stored);
    }
  }
  const std::int64_t bytes = std::int64_t(entry.bytes);
  const int sets = cache == Cache::hot ? 1 : contender.cold_sets ? contender.cold_sets(bytes) : cold_sets(bytes);
  p.order = std::vector<int>(std::size_t(sets));
  p.runner = contender.make(c, p.inputs, sets);
  p.runner->run(0);
  const Tensor& y = p.runner->result();
  p.fault = fault_of(y, [&] { return c.check(contender.name, p.inputs, y.view(), contender.device); });
  if (!p.fault.empty()) wrong_results()++;
}

template <class P> void add_contender(const Settings& settings, const Contender<P>& contender, const std::shared_ptr<const OpCase<P>>& c) {
  if (!settings.kernel.wants(contender.name) || !contender.accepts(*c)) return;
  for (const Cache cache : settings.caches) {
    Entry entry = entry_of(*c);
    entry.name = fmt::format("{}/{}/{}/{}", op_name<P>, contender.name, c->name(), name_of(cache));
    add_entry(settings, entry, [&settings, entry, contender, c, cache](benchmark::State& state) {
      prepare(entry, contender, *c, cache);
      time_prepared(state, settings, entry);
    });
  }
}

} // namespace pose::bench
