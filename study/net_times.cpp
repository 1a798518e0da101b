// Implements net_times.h.
// SPDX-License-Identifier: MIT
#include "study/net_times.h"

#include "ops/peak/peak.h"
#include "tensor/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pose::study {
namespace {

using nlohmann::ordered_json;

std::vector<int> shape_of(const Node& node, int batch) {
  return {batch, node.shape.c, node.shape.h, node.shape.w};
}

ordered_json json_of(const NetTimes& times, const LayerTimes& layer, const KernelTime& kernel) {
  const double gflops = gflop_of(times, layer) / kernel.seconds;
  ordered_json to = {{"kernel", kernel.kernel},
                     {"chosen", &kernel == &layer.chosen_kernel()},
                     {"ms", 1e3 * kernel.seconds},
                     {"gflops", gflops},
                     {"gbps", 1e-9 * layer.bytes / kernel.seconds}};
  to["peak_percent"] = times.peak > 0 ? ordered_json(100 * gflops / times.peak) : nullptr;
  return to;
}

ordered_json json_of(const NetTimes& times, const LayerTimes& layer) {
  const Node& node = times.graph[layer.node];
  ordered_json to = {{"name", node.name},
                     {"op", op_name_of(node.op)},
                     {"shape", shape_of(node, times.batch)},
                     {"inputs", ordered_json::array()},
                     {"macs", macs_of(times.graph, node) * times.batch},
                     {"bytes", std::int64_t(layer.bytes)},
                     {"kernels", ordered_json::array()}};
  for (const int in : node.inputs) to["inputs"].push_back(times.graph[in].name);
  for (const KernelTime& k : layer.kernels) to["kernels"].push_back(json_of(times, layer, k));
  return to;
}

// Returns the fields of the net as a whole.
ordered_json head_of(const NetTimes& times) {
  const Shape& in = times.graph[0].shape;
  ordered_json to = {
      {"title", times.graph.title}, {"input", {in.c, in.h, in.w}}, {"batch", times.batch}, {"device", times.device}, {"precision", times.precision}};
  to["target"] = times.target.empty() ? ordered_json() : ordered_json(times.target);
  to["threads"] = times.threads;
  to["reps"] = times.reps;
  to["best_run_ms"] = times.best_run > 0 ? ordered_json(1e3 * times.best_run) : nullptr;
  to["peak_gflops"] = times.peak > 0 ? ordered_json(times.peak) : nullptr;
  return to;
}

void write(AtomicFile& file, const std::string& text) {
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

} // namespace

double bytes_of_layer(const Graph& graph, int node, const std::string& kernel, int batch, int value_bytes, std::int64_t weight_bytes) {
  if (kernel == "view") return 0;
  std::int64_t values = graph[node].shape.count();
  for (int in : graph[node].inputs) values += graph[in].shape.count();
  return double(values * batch * value_bytes + weight_bytes);
}

double gflop_of(const NetTimes& times, const LayerTimes& layer) {
  return 2e-9 * double(macs_of(times.graph, times.graph[layer.node])) * times.batch;
}

void write_times(AtomicFile& file, const NetTimes& times) {
  ordered_json to = {{"format", 1}, {"kind", "layers time"}};
  to.update(head_of(times));
  to["bandwidth_gbps"] = nullptr;
  if (!times.target.empty()) to["bandwidth_gbps"] = {{"read", bandwidth_gbps(times.threads)}, {"triad", triad_gbps(times.threads)}};
  to["layers"] = ordered_json::array();
  for (const LayerTimes& layer : times.layers) to["layers"].push_back(json_of(times, layer));
  write(file, to.dump(1) + "\n");
}

void write_trace(AtomicFile& file, const NetTimes& times) {
  const auto name = [](const char* what, const std::string& text) {
    return ordered_json{{"ph", "M"}, {"pid", 1}, {"tid", 1}, {"name", what}, {"args", {{"name", text}}}};
  };
  const std::string machine = times.target.empty() ? times.device : fmt::format("{}, {} threads", times.target, times.threads);
  ordered_json events = {name("process_name", fmt::format("{}, batch {}", times.graph.title, times.batch)), name("thread_name", machine)};
  for (const LayerTimes& layer : times.layers) {
    const Node& node = times.graph[layer.node];
    ordered_json args = {{"op", op_name_of(node.op)},
                         {"kernel", layer.chosen_kernel().kernel},
                         {"shape", fmt::format("{}", fmt::join(shape_of(node, times.batch), "x"))}};
    if (layer.duration > 0) {
      const double gflops = gflop_of(times, layer) / layer.duration;
      args["GFLOP/s"] = gflops;
      args["GB/s"] = 1e-9 * layer.bytes / layer.duration;
      if (times.peak > 0) args["% of peak"] = 100 * gflops / times.peak;
    }
    events.push_back({{"ph", "X"},
                      {"pid", 1},
                      {"tid", 1},
                      {"name", node.name},
                      {"cat", op_name_of(node.op)},
                      {"ts", 1e6 * layer.start},
                      {"dur", 1e6 * layer.duration},
                      {"args", args}});
  }
  const ordered_json to = {{"traceEvents", events}, {"displayTimeUnit", "ms"}, {"otherData", head_of(times)}};
  write(file, to.dump() + "\n");
}

} // namespace pose::study
