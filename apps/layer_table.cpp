// Printing layers and their times.
// SPDX-License-Identifier: MIT
#include "apps/layer_table.h"

#include "nets/plan.h"
#include "ops/peak/peak.h"

#include <algorithm>
#include <chrono>

namespace pose::apps {
namespace {

std::int64_t parameters_of(const Node& node) {
  std::int64_t sum = 0;
  for (const ParamSpec& p : node.params) sum += p.count();
  return sum;
}

// Bytes that a layer must move at least: inputs and output once a picture, weights once.
double bytes_of(const Graph& graph, int node, int batch, int value_bytes, std::int64_t weight_bytes) {
  std::int64_t values = graph[node].shape.count();
  for (int in : graph[node].inputs) values += graph[in].shape.count();
  return double(values * batch * value_bytes + weight_bytes);
}

// Plan or DevicePlan.
template <class AnyPlan> void print_layers(const AnyPlan& plan) {
  const Graph& graph = plan.graph();
  const std::size_t width = name_width(graph);
  fmt::print("{:<{}}  {:<16}  {:>16}  {:>12}  {:>14}  {}\n", "name", width, "op", "shape", "parameters", "mul-adds", "kernel");
  std::int64_t parameters = 0;
  const auto row = [&](const Node& node, const char* kernel) {
    parameters += parameters_of(node);
    fmt::print("{:<{}}  {:<16}  {:>16}  {:>12}  {:>14}  {}\n", node.name, width, op_name_of(node.op), shape_text(node.shape), parameters_of(node),
               macs_of(graph, node), kernel);
  };
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<Input>(node.op)) row(node, "");
  }
  for (const auto& step : plan.steps()) row(graph[step.node], step.kernel);
  fmt::print("{}: {} layers, {} parameters, {:.3f} GFLOP a picture; arena {:.1f} MB, packed weights {:.1f} MB\n", graph.title, plan.steps().size(),
             parameters, 2e-9 * double(graph.macs()), 1e-6 * double(plan.arena_bytes()), 1e-6 * double(plan.weight_bytes()));
}

struct LayerTime {
  int node = 0;
  const char* kernel = "";
  double bytes = 0; // bytes_of
  double seconds = 1e30;
};

// The layers, and what is the same for the last line of every device; peak in GFLOP/s, 0: not known.  Returns the line, without an end.
std::string print_times(const Graph& graph, const std::vector<LayerTime>& layers, int batch, double total, double peak) {
  const std::size_t width = name_width(graph);
  fmt::print("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9}  {:>9}  {:>8}{}\n", "name", width, "op", "shape", "kernel", "ms", "GFLOP/s", "GB/s",
             peak > 0 ? "  % peak" : "");
  double sum = 0;
  for (const LayerTime& l : layers) {
    const Node& node = graph[l.node];
    const double gflop = 2e-9 * double(macs_of(graph, node)) * batch;
    fmt::print("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9.3f}  {:>9.1f}  {:>8.1f}{}\n", node.name, width, op_name_of(node.op), shape_text(node.shape),
               l.kernel, 1e3 * l.seconds, gflop / l.seconds, 1e-9 * l.bytes / l.seconds,
               peak > 0 ? fmt::format("  {:>6.1f}", 100 * gflop / l.seconds / peak) : "");
    sum += l.seconds;
  }
  return fmt::format("{}: sum of layers {:.2f} ms, best run {:.2f} ms, {:.1f} GFLOP/s", graph.title, 1e3 * sum, 1e3 * total,
                     2e-9 * double(graph.macs()) * batch / total);
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<float> grey_pictures(const Graph& graph, int batch) {
  return std::vector<float>(std::size_t(graph[0].shape.count() * batch), 0.5f);
}

// Layers by the device's events, each alone; the run as a whole by the host's clock, as one captured graph.
void time_layers_on_gpu(const Model& net, const TableOptions& options, const RunOptions& run) {
  DevicePlan plan = make_device_plan(net, run, options.batch);
  const int n = options.batch;
  std::vector<LayerTime> layers;
  for (const DeviceStep& s : plan.steps())
    layers.push_back({s.node, s.kernel, bytes_of(plan.graph(), s.node, n, pose::bytes_of(s.out.element), s.packed_bytes)});
  double total = 1e30;
  const std::vector<float> pictures = grey_pictures(plan.graph(), n);
  on_device([&] {
    Stream stream(*run.gpu);
    for (int rep = 0; rep < options.reps + 1; rep++) { // the first run warms up and captures
      plan.write_input(pictures.data(), n, stream);
      std::size_t i = 0;
      plan.run_observed(n, stream, [&](const DeviceStep&, float ms) {
        LayerTime& l = layers[i++];
        if (rep > 0) l.seconds = std::min(l.seconds, std::max(1e-3 * double(ms), 1e-9));
      });
      plan.write_input(pictures.data(), n, stream);
      const Clock::time_point start = Clock::now();
      plan.enqueue(n, stream);
      plan.finish(stream);
      if (rep > 0) total = std::min(total, seconds_since(start));
    }
  });
  fmt::print("{} ({}, {})\n", print_times(plan.graph(), layers, n, total, 0), run.gpu->info().name, name_of(run.precision));
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
    print_layers(make_device_plan(net, run, 1, !options.all));
  else
    print_layers(make_plan(net, run, 1, !options.all));
}

void time_layers(const Model& net, const TableOptions& options, const RunOptions& run) {
  if (run.gpu) return time_layers_on_gpu(net, options, run);
  Plan plan = make_plan(net, run, options.batch);
  const int n = options.batch;
  std::vector<LayerTime> layers;
  for (const Step& s : plan.steps()) layers.push_back({s.node, s.kernel, bytes_of(plan.graph(), s.node, n, 4, 4 * s.packed_floats)});
  double total = 1e30;
  Pool pool(run.threads);
  const std::vector<float> pictures = grey_pictures(plan.graph(), n);
  for (int rep = 0; rep < options.reps + 1; rep++) { // the first run warms up
    from_nchw(pictures.data(), plan.input(n));
    std::size_t i = 0;
    const Clock::time_point start = Clock::now();
    Clock::time_point last = start;
    plan.run(n, pool, [&](const Step&, View<const float>) {
      LayerTime& l = layers[i++];
      if (rep > 0) l.seconds = std::min(l.seconds, seconds_since(last));
      last = Clock::now();
    });
    if (rep > 0) total = std::min(total, seconds_since(start));
  }
  const double peak = fma_peak_gflops(run.target) * run.threads;
  const std::string line = print_times(plan.graph(), layers, n, total, peak);
  fmt::print("{}, {:.1f}% of a peak of {:.1f} GFLOP/s ({}, {} threads)\n", line, 100 * 2e-9 * double(plan.graph().macs()) * n / total / peak, peak,
             name_of(run.target), run.threads);
}

} // namespace pose::apps
