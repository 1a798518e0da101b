// Measuring all kernels where they will run: in the net, whose other layers push weights and maps out of the caches.
// SPDX-License-Identifier: MIT
#include "apps/kernel_times.h"

#include "tensor/file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace pose::apps {
namespace {

// How much faster than the planner's choice another kernel must be to be written down: less is within the noise of a measurement, and it
// would change the result's bits from one tuning to the next.
constexpr double kWorth = 0.03;

struct LayerTimes {
  Node node;
  const char* chosen = "";
  std::vector<const char*> kernels;
  std::vector<double> seconds; // the best of each kernel

  std::size_t index_of_chosen() const {
    return std::size_t(std::find_if(kernels.begin(), kernels.end(), [&](const char* k) { return std::string(k) == chosen; }) - kernels.begin());
  }
  std::size_t index_of_best() const { return std::size_t(std::min_element(seconds.begin(), seconds.end()) - seconds.begin()); }
};

struct NetTimes {
  Graph graph;                    // after folding and fusing
  std::vector<LayerTimes> layers; // a layer a step of the plan
};

// Plan i runs kernel i of every layer (counted from the start again where a layer has fewer), plan after plan in each round, so that a disturbance
// hits all kernels alike.
std::vector<Plan> trial_plans(const Model& net, const Plan& base, const RunOptions& run, int batch) {
  std::size_t most = 1;
  for (const Step& step : base.steps()) most = std::max(most, step.candidates.size());
  std::vector<Plan> plans;
  for (std::size_t i = 0; i < most; i++) {
    KernelChoices choices{"layers", {}};
    for (const Step& step : base.steps()) {
      if (!step.candidates.empty()) choices.kernel_of[base.graph()[step.node].name] = step.candidates[i % step.candidates.size()];
    }
    plans.push_back(make_trial_plan(net, run, batch, choices));
  }
  return plans;
}

NetTimes measure(const Model& net, const RunOptions& run, int batch, int reps) {
  using Clock = std::chrono::steady_clock;
  const KernelChoices tuned = run.tuning ? choices_for(*run.tuning, net.graph, run.target) : KernelChoices{};
  const Plan base = make_trial_plan(net, run, batch, tuned);
  NetTimes times{base.graph(), {}};
  for (const Step& step : base.steps()) {
    times.layers.push_back({base.graph()[step.node], step.kernel, step.candidates, std::vector<double>(step.candidates.size(), 1e30)});
  }
  std::vector<Plan> plans = trial_plans(net, base, run, batch);
  Pool pool(run.threads);
  const std::vector<float> pictures(std::size_t(times.graph[0].shape.count() * batch), 0.5f);
  for (int rep = 0; rep < reps + 1; rep++) { // the first run warms up
    for (std::size_t p = 0; p < plans.size(); p++) {
      if (interrupted()) throw Exit(kInterrupted, "interrupted: nothing was written");
      from_nchw(pictures.data(), plans[p].input(batch));
      std::size_t i = 0;
      Clock::time_point last = Clock::now();
      plans[p].run(batch, pool, [&](const Step&, View<const float>) {
        const double seconds = std::chrono::duration<double>(Clock::now() - last).count();
        std::vector<double>& best = times.layers[i++].seconds;
        if (rep > 0 && !best.empty()) best[p % best.size()] = std::min(best[p % best.size()], seconds);
        last = Clock::now();
      });
    }
  }
  std::erase_if(times.layers, [](const LayerTimes& l) { return l.kernels.empty(); }); // views
  return times;
}

} // namespace

void time_all_kernels(const Model& net, const TableOptions& options, const RunOptions& run) {
  const NetTimes times = measure(net, run, options.batch, options.reps);
  const std::size_t width = name_width(times.graph);
  fmt::print("{:<{}}  {:<16}  {:>16}  {:>6}  {}\n", "name", width, "op", "shape", "loss %", "ms by kernel, * the chosen one");
  double chosen = 0, best = 0;
  for (const LayerTimes& l : times.layers) {
    const double taken = l.seconds[l.index_of_chosen()], least = l.seconds[l.index_of_best()];
    std::string text;
    for (std::size_t k = 0; k < l.kernels.size(); k++) {
      text += fmt::format("{}{}{} {:.3f}", k == 0 ? "" : "  ", k == l.index_of_chosen() ? "*" : "", l.kernels[k], 1e3 * l.seconds[k]);
    }
    fmt::print("{:<{}}  {:<16}  {:>16}  {:>6.1f}  {}\n", l.node.name, width, op_name_of(l.node.op), shape_text(l.node.shape),
               100 * (taken / least - 1), text);
    chosen += taken;
    best += least;
  }
  fmt::print("{}: chosen {:.2f} ms, best of each {:.2f} ms, {:.1f}% less ({}, {} threads)\n", times.graph.title, 1e3 * chosen, 1e3 * best,
             100 * (1 - best / chosen), name_of(run.target), run.threads);
}

void tune_layers(const Model& net, const std::string& path, const TableOptions& options, const RunOptions& run) {
  Tuning tuning;
  if (std::filesystem::exists(path)) tuning = load_tuning(path); // before the long work: a damaged file is not replaced
  AtomicFile file(path);                                         // also a folder that cannot be written is found out now
  const NetTimes times = measure(net, run, 1, options.reps);
  const Shape& s = times.graph[0].shape;
  TunedNet tuned{times.graph.title, {s.c, s.h, s.w}, run.target, run.threads, {}};
  int changed = 0;
  for (const LayerTimes& l : times.layers) {
    if (l.kernels.size() < 2) continue;
    std::size_t pick = l.index_of_chosen();
    if (l.seconds[l.index_of_best()] < (1 - kWorth) * l.seconds[pick]) pick = l.index_of_best();
    changed += pick != l.index_of_chosen();
    TunedNode node{l.node.name, l.kernels[pick], {}};
    for (std::size_t k = 0; k < l.kernels.size(); k++) node.ms[l.kernels[k]] = float(1e3 * l.seconds[k]);
    tuned.nodes.push_back(std::move(node));
  }
  const std::size_t layers = tuned.nodes.size();
  put(tuning, std::move(tuned));
  const std::string text = to_json(tuning);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
  fmt::print("{}: {} layers with several kernels, {} of them not as the planner chooses: {}\n", times.graph.title, layers, changed, path);
}

} // namespace pose::apps
