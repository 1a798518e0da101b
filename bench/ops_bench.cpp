// Timing, and the list of all benchmarks.
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"

#include "ops/peak/peak.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace pose::bench {
Prepared& prepared() {
  static Prepared one;
  return one;
}

std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

int& wrong_results() {
  static int count = 0;
  return count;
}

int cold_sets(std::int64_t bytes) {
  return int(uncached_bytes() / std::max<std::int64_t>(64, bytes)) + 2;
}

std::string fault_of(const Tensor& y, const std::function<Difference()>& check) {
  std::vector<float> dense(std::size_t(y.shape().count()));
  to_nchw(y.view(), dense.data());
  const auto unwritten = std::find_if(dense.begin(), dense.end(), [](float f) { return std::isnan(f); });
  if (unwritten != dense.end()) return fmt::format("wrong result: element {} is NaN or was not written", unwritten - dense.begin());
  const Difference d = check();
  return d.ok() ? "" : "wrong result: " + d.text();
}

void time_prepared(benchmark::State& state, const Settings& settings, const Entry& entry) {
  using benchmark::Counter;
  Prepared& p = prepared();
  if (!p.fault.empty()) return state.SkipWithError(p.fault.c_str());
  // In an order that the hardware prefetcher cannot predict; otherwise it would fetch the next set.
  std::iota(p.order.begin(), p.order.end(), 0);
  std::shuffle(p.order.begin(), p.order.end(), std::mt19937(1));
  std::size_t next = 0;
  const auto run = [&] {
    p.runner->run(p.order[next]);
    next = next + 1 < p.order.size() ? next + 1 : 0;
  };
  if (p.runner->has_clock()) {
    for (auto _ : state) state.SetIterationTime(p.runner->seconds(run));
  } else {
    for (auto _ : state) run();
  }
  const auto rate = [&](double amount) { return Counter(amount, Counter::kIsIterationInvariantRate); };
  state.counters["GB/s"] = rate(entry.bytes * 1e-9);
  if (entry.flop > 0) state.counters["GFLOP/s"] = rate(entry.flop * 1e-9); // ops that only move values have none
  if (entry.flop > 0 && settings.peak > 0) state.counters["%peak"] = rate(entry.flop * 1e-9 / settings.peak / settings.threads * 100);
  if (settings.bandwidth > 0) state.counters["%bandwidth"] = rate(entry.bytes * 1e-9 / settings.bandwidth * 100);
  state.counters["layers"] = entry.layers;
  state.SetLabel(entry.label);
}

void add_entry(const Settings& settings, const Entry& entry, const std::function<void(benchmark::State&)>& run) {
  entries().push_back(entry);
  if (settings.list) return;
  auto* b = benchmark::RegisterBenchmark(entry.name.c_str(), run);
  b->Unit(benchmark::kMillisecond);
  if (settings.device != "cpu") {
    b->UseManualTime();
    if (settings.device == "emulated") b->Iterations(1); // the times mean nothing
  } else if (settings.threads > 1) {
    b->UseRealTime(); // a single thread is measured by its CPU clock, which stops while other programs run
  }
}

} // namespace pose::bench
