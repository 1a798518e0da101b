// Implements layer_table.h.
// SPDX-License-Identifier: MIT
#include "study/layer_table.h"

#include "nets/plan.h"
#include "ops/peak/peak.h"
#include "study/net_times.h"
#include "tensor/file.h"
#include "tensor/standard_output.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace pose::study {
namespace {

std::int64_t parameters_of(const Node& node) {
  std::int64_t sum = 0;
  for (const ParamSpec& p : node.params) sum += p.count();
  return sum;
}

// Prints the layers of a Plan or a DevicePlan.
template <class AnyPlan> void print_layers(const AnyPlan& plan) {
  const Graph& graph = plan.graph();
  const std::size_t width = name_width(graph);
  print_out("{:<{}}  {:<16}  {:>16}  {:>12}  {:>14}  {}\n", "name", width, "op", "shape", "parameters", "mul-adds", "kernel");
  std::int64_t parameters = 0;
  const auto row = [&](const Node& node, const char* kernel) {
    parameters += parameters_of(node);
    print_out("{:<{}}  {:<16}  {:>16}  {:>12}  {:>14}  {}\n", node.name, width, op_name_of(node.op), shape_text(node.shape), parameters_of(node),
              macs_of(graph, node), kernel);
  };
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<Input>(node.op)) row(node, "");
  }
  for (const auto& step : plan.steps()) row(graph[step.node], step.kernel);
  print_out("{}: {} layers, {} parameters, {:.3f} GFLOP per image; arena {:.1f} MB, packed weights {:.1f} MB\n", graph.title, plan.steps().size(),
            parameters, 2e-9 * double(graph.macs()), 1e-6 * double(plan.arena_bytes()), 1e-6 * double(plan.weight_bytes()));
}

// Prints the layers.  Returns the part of the last line that all devices share.
std::string print_times(const NetTimes& times) {
  const Graph& graph = times.graph;
  const std::size_t width = name_width(graph);
  print_out("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9}  {:>9}  {:>8}{}\n", "name", width, "op", "shape", "kernel", "ms", "GFLOP/s", "GB/s",
            times.peak > 0 ? "  % peak" : "");
  double sum = 0;
  for (const LayerTimes& l : times.layers) {
    const Node& node = graph[l.node];
    const double gflop = gflop_of(times, l), seconds = l.chosen_kernel().seconds;
    print_out("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9.3f}  {:>9.1f}  {:>8.1f}{}\n", node.name, width, op_name_of(node.op), shape_text(node.shape),
              l.chosen_kernel().kernel, 1e3 * seconds, gflop / seconds, 1e-9 * l.bytes / seconds,
              times.peak > 0 ? fmt::format("  {:>6.1f}", 100 * gflop / seconds / times.peak) : "");
    sum += seconds;
  }
  return fmt::format("{}: sum of layers {:.2f} ms, best run {:.2f} ms, {:.1f} GFLOP/s", graph.title, 1e3 * sum, 1e3 * times.best_run,
                     2e-9 * double(graph.macs()) * times.batch / times.best_run);
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<float> gray_images(const Graph& graph, int batch) {
  return std::vector<float>(std::size_t(graph[0].shape.count() * batch), 0.5f);
}

// Returns the peak's part of the last line; empty where no peak is known.
std::string peak_text(const NetTimes& times) {
  if (times.peak == 0) return "";
  const double gflops = 2e-9 * double(times.graph.macs()) * times.batch / times.best_run;
  return fmt::format(", {:.1f}% of a peak of {:.1f} GFLOP/s", 100 * gflops / times.peak, times.peak);
}

// The layers of one run: start, counted from the start of the run, and duration, in seconds.
struct Slices {
  std::vector<double> start, duration;
};

// Adds a run: its total time, and its layers.  Each layer keeps its best time of all runs; the slices are those of the best run.
void add_run(NetTimes& times, double total, const Slices& slices) {
  const bool best = times.best_run == 0 || total < times.best_run;
  if (best) times.best_run = total;
  for (std::size_t i = 0; i < times.layers.size(); i++) {
    LayerTimes& l = times.layers[i];
    l.kernels[0].seconds = std::min(l.kernels[0].seconds, std::max(slices.duration[i], 1e-9));
    if (!best) continue;
    l.start = slices.start[i];
    l.duration = slices.duration[i];
  }
}

void stop_if(const StopCallback& stop) {
  if (wants_stop(stop)) throw Interrupted("interrupted: nothing was measured");
}

// Calls measure(warm_up) times.reps times and once before to warm up.  After an interruption the runs that were complete count.
void measure_runs(NetTimes& times, const std::function<void(bool)>& measure) {
  const int reps = std::exchange(times.reps, 0);
  try {
    measure(true);
    for (; times.reps < reps; times.reps++) measure(false);
  } catch (const Interrupted&) {
    if (times.reps == 0) throw;
  }
}

// Measures layers on a GPU.  Each layer is timed alone, by device events; slices are these times in sequence.  The whole run is timed by the host's
// clock, as one captured graph.
NetTimes times_on_gpu(const Model& net, const TableOptions& options, const RunOptions& run) {
  const int n = options.batch;
  DevicePlan plan = make_device_plan(net, run, n);
  NetTimes times{.graph = plan.graph(), .layers = {}, .device = run.gpu->info().name, .precision = name_of(run.precision), .target = ""};
  times.batch = n;
  times.reps = options.reps;
  times.peak = options.peak;
  for (const DeviceStep& s : plan.steps())
    times.layers.push_back({s.node, bytes_of_layer(plan.graph(), s.node, s.kernel, n, bytes_of(s.out.element), s.packed_bytes), {{s.kernel}}});
  const std::vector<float> images = gray_images(plan.graph(), n);
  on_device([&] {
    Stream stream(*run.gpu);
    measure_runs(times, [&](bool warm_up) { // which also captures the graph
      plan.write_input(images.data(), n, stream);
      Slices slices;
      double now = 0;
      plan.run_observed(n, stream, [&](const DeviceStep&, float ms) {
        stop_if(run.stop);
        slices.start.push_back(now);
        slices.duration.push_back(1e-3 * double(ms));
        now += slices.duration.back();
      });
      plan.write_input(images.data(), n, stream);
      const Clock::time_point start = Clock::now();
      plan.enqueue(n, stream);
      plan.finish(stream);
      if (!warm_up) add_run(times, seconds_since(start), slices);
    });
  });
  return times;
}

// Measures layers on the CPU, in the run itself.
NetTimes times_on_cpu(const Model& net, const TableOptions& options, const RunOptions& run) {
  const int n = options.batch;
  Plan plan = make_plan(net, run, n);
  NetTimes times{.graph = plan.graph(), .layers = {}, .device = "cpu", .precision = name_of(run.precision), .target = name_of(run.target)};
  times.batch = n;
  times.threads = run.threads;
  times.reps = options.reps;
  for (const Step& s : plan.steps())
    times.layers.push_back({s.node, bytes_of_layer(plan.graph(), s.node, s.kernel, n, 4, 4 * s.packed_floats), {{s.kernel}}});
  Pool pool(run.threads);
  const std::vector<float> images = gray_images(plan.graph(), n);
  measure_runs(times, [&](bool warm_up) {
    from_nchw(images.data(), plan.input(n));
    Slices slices;
    const Clock::time_point start = Clock::now();
    double last = 0;
    plan.run(n, pool, [&](const Step&, View<const float>) {
      stop_if(run.stop);
      const double now = seconds_since(start);
      slices.start.push_back(last);
      slices.duration.push_back(now - last);
      last = seconds_since(start); // excludes the time of this callback
    });
    if (!warm_up) add_run(times, seconds_since(start), slices);
  });
  times.peak = options.peak > 0 ? options.peak : fma_peak_gflops(run.target) * run.threads;
  return times;
}

} // namespace

std::string shape_text(const Shape& s) {
  return fmt::format("{}x{}x{}", s.c, s.h, s.w);
}

std::size_t name_width(const Graph& graph) {
  std::size_t width = 4;
  for (const Node& node : graph.nodes()) width = std::max(width, node.name.size());
  return width;
}

void list_layers(const Model& net, const TableOptions& options, const RunOptions& run) {
  if (run.gpu)
    print_layers(make_device_plan(net, run, 1, {.fuse = !options.all}));
  else
    print_layers(make_plan(net, run, 1, {.fuse = !options.all}));
}

void time_layers(const Model& net, const TableOptions& options, const RunOptions& run) {
  std::optional<AtomicFile> json, trace; // opened first, so that an unwritable folder is reported before the measurement
  if (!options.json.empty()) json.emplace(options.json);
  if (!options.trace.empty()) trace.emplace(options.trace);
  const NetTimes times = run.gpu ? times_on_gpu(net, options, run) : times_on_cpu(net, options, run);
  const std::string line = print_times(times);
  print_out("{}{} ({})\n", line, peak_text(times),
            run.gpu ? times.device + ", " + times.precision : fmt::format("{}, {} threads", times.target, times.threads));
  if (json) write_times(*json, times);
  if (trace) write_trace(*trace, times);
}

} // namespace pose::study
