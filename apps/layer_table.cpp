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
double bytes_of(const Graph& graph, const Step& step, int batch) {
  std::int64_t floats = graph[step.node].shape.count();
  for (int in : graph[step.node].inputs) floats += graph[in].shape.count();
  return 4.0 * double(floats * batch + step.packed_floats);
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
  const Plan plan = make_plan(net, run, 1, !options.all);
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
  for (const Step& step : plan.steps()) row(graph[step.node], step.kernel);
  fmt::print("{}: {} layers, {} parameters, {:.3f} GFLOP a picture; arena {:.1f} MB, packed weights {:.1f} MB\n", graph.title, plan.steps().size(),
             parameters, 2e-9 * double(graph.macs()), 1e-6 * double(plan.arena_bytes()), 1e-6 * double(plan.weight_bytes()));
}

void time_layers(const Model& net, const TableOptions& options, const RunOptions& run) {
  using Clock = std::chrono::steady_clock;
  Plan plan = make_plan(net, run, options.batch);
  const Graph& graph = plan.graph();
  Pool pool(run.threads);
  std::vector<double> best(plan.steps().size(), 1e30);
  double best_total = 1e30;
  const std::vector<float> pictures(std::size_t(graph[0].shape.count() * options.batch), 0.5f);
  for (int rep = 0; rep < options.reps + 1; rep++) { // the first run warms up
    from_nchw(pictures.data(), plan.input(options.batch));
    std::size_t i = 0;
    const Clock::time_point start = Clock::now();
    Clock::time_point last = start;
    plan.run(options.batch, pool, [&](const Step&, View<const float>) {
      const Clock::time_point now = Clock::now();
      if (rep > 0) best[i] = std::min(best[i], std::chrono::duration<double>(now - last).count());
      i++;
      last = Clock::now();
    });
    if (rep > 0) best_total = std::min(best_total, std::chrono::duration<double>(Clock::now() - start).count());
  }
  const double peak = fma_peak_gflops(run.target) * run.threads;
  const std::size_t width = name_width(graph);
  fmt::print("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9}  {:>9}  {:>8}  {:>6}\n", "name", width, "op", "shape", "kernel", "ms", "GFLOP/s", "GB/s",
             "% peak");
  double sum = 0;
  for (std::size_t i = 0; i < best.size(); i++) {
    const Step& step = plan.steps()[i];
    const Node& node = graph[step.node];
    const double gflop = 2e-9 * double(macs_of(graph, node)) * options.batch;
    fmt::print("{:<{}}  {:<16}  {:>16}  {:<20}  {:>9.3f}  {:>9.1f}  {:>8.1f}  {:>6.1f}\n", node.name, width, op_name_of(node.op),
               shape_text(node.shape), step.kernel, 1e3 * best[i], gflop / best[i], 1e-9 * bytes_of(graph, step, options.batch) / best[i],
               100 * gflop / best[i] / peak);
    sum += best[i];
  }
  const double gflop = 2e-9 * double(graph.macs()) * options.batch;
  fmt::print("{}: sum of layers {:.2f} ms, best run {:.2f} ms, {:.1f} GFLOP/s, {:.1f}% of a peak of {:.1f} GFLOP/s ({}, {} threads)\n", graph.title,
             1e3 * sum, 1e3 * best_total, gflop / best_total, 100 * gflop / best_total / peak, peak, name_of(run.target), run.threads);
}

} // namespace pose::apps
