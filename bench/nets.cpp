// bench/nets: time, memory and load time of one network as one JSON object (DESIGN.md, section 4).
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "bench/net_files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

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

// A line of /proc/self/status in bytes.  Not getrusage: its peak begins with that of the process which started this one.
std::int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::int64_t kib = 0;
  for (std::string word; status >> word;) {
    if (word == key) status >> kib;
  }
  return kib * 1024;
}

// "HxW"; both sides are the same for detectors, a pose network's size is its own.
int square_size(const std::string& text) {
  int h = 0, w = 0, used = 0;
  if (std::sscanf(text.c_str(), "%dx%d%n", &h, &w, &used) != 2 || used != int(text.size()) || h < 1 || w < 1)
    throw pose::apps::Exit(pose::apps::kUsage, fmt::format("--size {}: expected HxW", text));
  return h == w ? h : 0;
}

int run(Options& o) {
  using namespace pose;
  const apps::RunOptions where = o.common.run();
  if (!o.size.empty()) o.common.model.inp_dim = square_size(o.size);
  const std::int64_t base_bytes = status_bytes("VmRSS:");
  const Clock::time_point load_start = Clock::now();
  Model model = apps::load(o.net, o.common.model);
  const Shape shape = model.graph[0].shape;
  if (!o.size.empty() && o.size != fmt::format("{}x{}", shape.h, shape.w))
    throw apps::Exit(apps::kUsage, fmt::format("--size {}: {} takes {}x{}", o.size, o.net, shape.h, shape.w));
  if (!o.save_model.empty()) {
    bench::save_model(model, o.save_model);
    return apps::kDone;
  }
  Plan plan = apps::make_plan(model, where, o.batch);
  model.weights.reset();
  const double load_ms = ms_since(load_start);

  std::vector<float> pictures(std::size_t(shape.count() * o.batch));
  for (std::size_t i = 0; i < pictures.size(); i++) pictures[i] = float(i * 2654435761u % 1024) / 1024; // any picture: no value is special
  if (!o.input.empty()) pictures = bench::read_input(o.input, shape, o.batch);
  Pool pool(where.threads);
  std::vector<double> times;
  double first_ms = 0;
  for (int rep = 0; rep <= o.reps; rep++) {
    from_nchw(pictures.data(), plan.input(o.batch));
    const Clock::time_point start = Clock::now();
    plan.run(o.batch, pool);
    (rep > 0 ? times.emplace_back() : first_ms) = ms_since(start); // the first run touches the memory
  }
  const std::int64_t peak = status_bytes("VmHWM:");
  if (!o.output.empty()) bench::write_outputs(plan, o.batch, o.output);
  std::sort(times.begin(), times.end());
  const std::size_t n = times.size();
  const nlohmann::ordered_json result = {
      {"net", o.net},
      {"size", fmt::format("{}x{}", shape.h, shape.w)},
      {"batch", o.batch},
      {"threads", where.threads},
      {"target", name_of(where.target)},
      {"device", o.common.device},
      {"min_ms", times.front()},
      {"median_ms", n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2},
      {"gflop", 2e-9 * double(model.graph.macs()) * o.batch},
      {"peak_bytes", peak},
      {"base_bytes", base_bytes}, // before anything was loaded
      {"load_ms", load_ms},
      {"first_ms", first_ms}, // the first run, which is in none of the times above
  };
  if (o.json == "-")
    fmt::print("{}\n", result.dump());
  else
    apps::write_text(o.json, result.dump() + "\n");
  return apps::kDone;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("Time of one network.", "nets");
  Options o;
  o.common.add_to(app);
  app.add_option("--net", o.net, "network, NAME, NAME@random or a path")->required();
  app.add_option("--size", o.size, "HxW of the input");
  app.add_option("--batch", o.batch, "pictures a run")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_option("--reps", o.reps, "timed runs")->capture_default_str()->check(CLI::Range(1, 100000));
  app.add_option("--input", o.input, "X.npy: the input, [batch,3,h,w] (default: made up)");
  app.add_option("--output", o.output, "F.safetensors: the outputs of the last run");
  app.add_option("--save_model", o.save_model, "F.safetensors: write graph and weights there and end");
  app.add_option("--json", o.json, "file of the result, - for standard output")->capture_default_str();
  return pose::apps::run_program(app, argc, argv, [&] { return run(o); });
}
