// bench/nets: prints time, memory and load time of one network as one JSON object (docs/spec.md, section 18).
// SPDX-License-Identifier: MIT
#include "bench/net_files.h"
#include "cli/cli.h"
#include "nets/net.h"
#include "tensor/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Options {
  pose::apps::CommonOptions common;
  std::string net, size, json = "-", input, output, save_model;
  int batch = 1, reps = 7;
};

// Returns a line of /proc/self/status in bytes.  getrusage does not work here: its peak starts at that of the process that started this one.
std::int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::int64_t kib = 0;
  for (std::string word; status >> word;) {
    if (word == key) status >> kib;
  }
  return kib * 1024;
}

// Parses "HxW"; both sides are equal for detectors, a pose network has a fixed size.
int square_size(const std::string& text) {
  int h = 0, w = 0, used = 0;
  if (std::sscanf(text.c_str(), "%dx%d%n", &h, &w, &used) != 2 || used != int(text.size()) || h < 1 || w < 1)
    pose::fail<pose::InputError>("--size {}: expected HxW", text);
  return h == w ? h : 0;
}

// Returns the milliseconds of each run.  The first run, which touches the memory or captures the graph, comes first.
std::vector<double> times_of(int reps, const std::function<void()>& prepare, const std::function<void()>& run) {
  std::vector<double> times;
  for (int rep = 0; rep <= reps; rep++) {
    prepare();
    const Clock::time_point start = Clock::now();
    run();
    times.push_back(ms_since(start));
  }
  return times;
}

std::vector<float> pictures_of(const Options& o, const pose::Shape& shape) {
  if (!o.input.empty()) return pose::bench::read_input(o.input, shape, o.batch);
  std::vector<float> pictures(std::size_t(shape.count() * o.batch));
  for (std::size_t i = 0; i < pictures.size(); i++) pictures[i] = float(i * 2654435761u % 1024) / 1024; // no value is special
  return pictures;
}

// On a GPU: from images in device memory to results in device memory.
struct Timed {
  double load_ms = 0;
  std::vector<double> times;
  std::int64_t device_bytes = 0;
};

Timed time_net(const Options& o, pose::Model& model, const pose::RunOptions& where, Clock::time_point load_start) {
  Timed timed;
  const std::unique_ptr<pose::Net> net = pose::Net::make(model, where, o.batch);
  model.weights.reset();
  timed.load_ms = ms_since(load_start);
  timed.device_bytes = net->device_bytes();
  const std::vector<float> images = pictures_of(o, model.graph[0].shape);
  timed.times = times_of(
      o.reps, [&] { net->set_input(images.data(), o.batch); }, [&] { net->run(); });
  if (o.output.empty()) return timed;
  std::vector<std::vector<float>> outputs;
  for (int k = 0; k < int(net->graph().outputs.size()); k++) outputs.push_back(net->output(k));
  pose::bench::write_outputs(net->graph(), outputs, o.batch, o.output);
  return timed;
}

int run(Options& o) {
  using namespace pose;
  const RunOptions where = o.common.run();
  if (!o.size.empty()) o.common.model.inp_dim = square_size(o.size);
  const std::int64_t base_bytes = status_bytes("VmRSS:");
  const Clock::time_point load_start = Clock::now();
  Model model = load_model(o.net, o.common.model);
  const Shape shape = model.graph[0].shape;
  if (!o.size.empty() && o.size != fmt::format("{}x{}", shape.h, shape.w))
    fail<InputError>("--size {}: {} takes {}x{}", o.size, o.net, shape.h, shape.w);
  if (!o.save_model.empty()) {
    bench::save_model(model, o.save_model);
    return apps::kDone;
  }
  const Timed timed = time_net(o, model, where, load_start);
  const double first_ms = timed.times.front();
  std::vector<double> times(timed.times.begin() + 1, timed.times.end());
  const std::int64_t peak = status_bytes("VmHWM:");
  std::sort(times.begin(), times.end());
  const std::size_t n = times.size();
  nlohmann::ordered_json result = {
      {"net", o.net},
      {"size", fmt::format("{}x{}", shape.h, shape.w)},
      {"batch", o.batch},
      {"threads", where.threads},
      {"target", name_of(where.target)},
      {"device", o.common.settings.device},
      {"min_ms", times.front()},
      {"median_ms", n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2},
      {"gflop", 2e-9 * double(model.graph.macs()) * o.batch},
      {"peak_bytes", peak},
      {"base_bytes", base_bytes}, // before anything was loaded
      {"load_ms", timed.load_ms},
      {"first_ms", first_ms}, // the first run, which is not in the times above
  };
  if (where.gpu) {
    result["gpu"] = where.gpu->info().name;
    result["precision"] = name_of(where.precision);
    result["device_bytes"] = timed.device_bytes;
  }
  if (o.json == "-")
    fmt::print("{}\n", result.dump());
  else
    write_file(o.json, result.dump() + "\n");
  return apps::kDone;
}

} // namespace

int main(int argc, char** argv) {
  pose::apps::CommandLine line("nets", "Time of one network.");
  Options o;
  o.common.add_to(line);
  line.option("--net", o.net, "network: NAME, NAME@random or a path").required();
  line.option("--size", o.size, "height and width of the input, HxW");
  line.option("--batch", o.batch, "batch size").show_default().range(1, 1024);
  line.option("--reps", o.reps, "timed runs").show_default().range(1, 100000);
  line.option("--input", o.input, "X.npy: the input, [batch,3,h,w] (default: generated)");
  line.option("--output", o.output, "F.safetensors: file for the outputs of the last run");
  line.option("--save_model", o.save_model, "F.safetensors: write graph and weights to this file and exit");
  line.option("--json", o.json, "file for the result, - for standard output").show_default();
  return pose::apps::run_program(line, argc, argv, [&] { return run(o); });
}
