// Implements kernel_times.h.  Kernels are measured inside the net, where other layers evict weights and maps from the caches.
// SPDX-License-Identifier: MIT
#include "study/kernel_times.h"

#include "ops/peak/peak.h"
#include "study/net_times.h"
#include "tensor/file.h"
#include "tensor/standard_output.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

namespace pose::study {
namespace {

// The least gain over the planner's choice, as a share of its time, for which another kernel is recorded.  Smaller gains are noise: recording them
// would change the bits of the results from one tuning to the next.
constexpr double kMinGain = 0.03;

const KernelTime& best_of(const LayerTimes& layer) {
  return *std::min_element(layer.kernels.begin(), layer.kernels.end(),
                           [](const KernelTime& a, const KernelTime& b) { return a.seconds < b.seconds; });
}

// Returns one plan per kernel: plan i runs kernel i of every layer, modulo the number of its kernels.  Every round runs all plans in turn, so that a
// disturbance affects all kernels alike.
std::vector<Plan> trial_plans(const Model& net, const Plan& base, const RunOptions& run, int batch) {
  std::size_t most = 1;
  for (const Step& step : base.steps()) most = std::max(most, step.candidates.size());
  std::vector<Plan> plans;
  for (std::size_t i = 0; i < most; i++) {
    KernelChoices choices{"layers", {}};
    for (const Step& step : base.steps()) {
      if (!step.candidates.empty()) choices.kernel_of[base.graph()[step.node].name] = step.candidates[i % step.candidates.size()];
    }
    plans.push_back(make_plan(net, run, batch, {.discard_weights = false, .kernels = choices}));
  }
  return plans;
}

// Measures all kernels of all layers.  Throws Interrupted when run.stop returns true.
NetTimes measure(const Model& net, const RunOptions& run, int batch, int reps) {
  using Clock = std::chrono::steady_clock;
  const KernelChoices tuned = run.tuning ? choices_for(*run.tuning, net.graph, run.target) : KernelChoices{};
  const Plan base = make_plan(net, run, batch, {.discard_weights = false, .kernels = tuned});
  NetTimes times{.graph = base.graph(), .layers = {}, .device = "cpu", .precision = name_of(run.precision), .target = name_of(run.target)};
  times.batch = batch;
  times.threads = run.threads;
  times.reps = reps;
  for (const Step& step : base.steps()) {
    LayerTimes layer{step.node, bytes_of_layer(base.graph(), step.node, step.kernel, batch, 4, 4 * step.packed_floats), {}};
    for (const char* kernel : step.candidates) {
      if (std::string(kernel) == step.kernel) layer.chosen = layer.kernels.size();
      layer.kernels.push_back({kernel});
    }
    times.layers.push_back(std::move(layer));
  }
  std::vector<Plan> plans = trial_plans(net, base, run, batch);
  Pool pool(run.threads);
  const std::vector<float> images(std::size_t(times.graph[0].shape.count() * batch), 0.5f);
  for (int rep = 0; rep < reps + 1; rep++) { // the first run warms up
    for (std::size_t p = 0; p < plans.size(); p++) {
      from_nchw(images.data(), plans[p].input(batch));
      std::size_t i = 0;
      Clock::time_point last = Clock::now();
      plans[p].run(batch, pool, [&](const Step&, View<const float>) {
        if (wants_stop(run.stop)) throw Interrupted("interrupted: nothing was written");
        const double seconds = std::chrono::duration<double>(Clock::now() - last).count();
        std::vector<KernelTime>& kernels = times.layers[i++].kernels;
        if (rep > 0 && !kernels.empty()) {
          double& best = kernels[p % kernels.size()].seconds;
          best = std::min(best, std::max(seconds, 1e-9));
        }
        last = Clock::now();
      });
    }
  }
  std::erase_if(times.layers, [](const LayerTimes& l) { return l.kernels.empty(); }); // views
  return times;
}

} // namespace

void time_all_kernels(const Model& net, const TableOptions& options, const RunOptions& run) {
  std::optional<AtomicFile> json; // opened first, so that an unwritable folder is reported before the measurement
  if (!options.json.empty()) json.emplace(options.json);
  NetTimes times = measure(net, run, options.batch, options.reps);
  const std::size_t width = name_width(times.graph);
  print_out("{:<{}}  {:<16}  {:>16}  {:>6}  {}\n", "name", width, "op", "shape", "loss %", "ms by kernel (* chosen)");
  double chosen = 0, best = 0;
  for (const LayerTimes& l : times.layers) {
    const Node& node = times.graph[l.node];
    const double taken = l.chosen_kernel().seconds, least = best_of(l).seconds;
    std::string text;
    for (std::size_t k = 0; k < l.kernels.size(); k++) {
      text += fmt::format("{}{}{} {:.3f}", k == 0 ? "" : "  ", k == l.chosen ? "*" : "", l.kernels[k].kernel, 1e3 * l.kernels[k].seconds);
    }
    print_out("{:<{}}  {:<16}  {:>16}  {:>6.1f}  {}\n", node.name, width, op_name_of(node.op), shape_text(node.shape), 100 * (taken / least - 1),
              text);
    chosen += taken;
    best += least;
  }
  print_out("{}: chosen {:.2f} ms, best of each {:.2f} ms, {:.1f}% less ({}, {} threads)\n", times.graph.title, 1e3 * chosen, 1e3 * best,
            100 * (1 - best / chosen), name_of(run.target), run.threads);
  if (!json) return;
  times.peak = options.peak > 0 ? options.peak : fma_peak_gflops(run.target) * run.threads;
  write_times(*json, times);
}

void tune_layers(const Model& net, const std::string& path, const TableOptions& options, const RunOptions& run) {
  Tuning tuning;
  if (std::filesystem::exists(path)) tuning = load_tuning(path); // throws for a damaged file before the measurement
  AtomicFile file(path);                                         // throws for an unwritable folder, too
  const NetTimes times = measure(net, run, 1, options.reps);
  const Shape& s = times.graph[0].shape;
  TunedNet tuned{times.graph.title, {s.c, s.h, s.w}, run.target, run.threads, {}};
  int changed = 0;
  for (const LayerTimes& l : times.layers) {
    if (l.kernels.size() < 2) continue;
    const KernelTime *pick = &l.chosen_kernel(), *best = &best_of(l);
    if (best->seconds < (1 - kMinGain) * pick->seconds) pick = best;
    changed += pick != &l.chosen_kernel();
    TunedNode node{times.graph[l.node].name, pick->kernel, {}};
    for (const KernelTime& k : l.kernels) node.ms[k.kernel] = float(1e3 * k.seconds);
    tuned.nodes.push_back(std::move(node));
  }
  const std::size_t layers = tuned.nodes.size();
  put(tuning, std::move(tuned));
  const std::string text = to_json(tuning);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
  print_out("{}: {} layers with several kernels, {} differ from the planner's choice: {}\n", times.graph.title, layers, changed, path);
}

} // namespace pose::study
