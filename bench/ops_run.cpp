// Turns options into benchmarks and runs them.
// SPDX-License-Identifier: MIT
#include "bench/ops_run.h"

#include "bench/ops_kernels.h"
#include "bench/ops_report.h"
#include "ops/for_each_op.h"
#include "ops/peak/peak.h"
#include "tensor/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace pose::bench {
namespace {

template <class P> std::vector<Contender<P>> rivals_of(const Rivals& rivals) {
  if constexpr (std::is_same_v<P, Conv2d>) return rivals.conv2d;
  return {};
}

// Registers the tables of an op on its cases; returns the names of the registered kernels.
template <class P> void add_op(const Settings& settings, const Rivals& rivals, std::vector<std::string>& registered, bool only_theirs) {
  if (!settings.op.wants(op_name<P>)) return;
  std::vector<Contender<P>> contenders = our_contenders<P>(settings);
  for (const Contender<P>& rival : rivals_of<P>(rivals)) contenders.push_back(rival);
  const std::size_t theirs = registered_kernels<P>().size();
  for (const Kernel<P>* k : registered_kernels<P>()) registered.push_back(k->name);
  if (only_theirs && theirs == 0) return;
  for (const OpCase<P>& one : cases_of<P>(settings)) {
    const auto c = std::make_shared<const OpCase<P>>(one);
    const auto accepts = [&](const Contender<P>& contender) { return contender.accepts(*c); };
    if (only_theirs && std::none_of(contenders.begin(), contenders.begin() + std::ptrdiff_t(theirs), accepts)) continue;
    for (const Contender<P>& contender : contenders) add_contender(settings, contender, c);
  }
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != line.npos) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

void measure_machine(Settings& s) {
  s.peak = fma_peak_gflops(best_target());
  s.bandwidth = bandwidth_gbps(s.threads);
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("target", pose::name_of(best_target()));
  benchmark::AddCustomContext("peak GFLOP/s of a core", fmt::format("{:.1f}", s.peak));
  benchmark::AddCustomContext("bandwidth GB/s", fmt::format("{:.1f}", s.bandwidth));
  benchmark::AddCustomContext("bytes used in turn when cold", fmt::format("{}", uncached_bytes()));
  benchmark::AddCustomContext("threads", fmt::format("{}", s.threads));
  benchmark::AddCustomContext("batch", fmt::format("{}", s.batch));
}

int measure(const std::vector<std::string>& registered) {
  Recorder recorder;
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks(&recorder);
  if (ran == 0) return kUsage; // Google Benchmark has reported it
  fmt::print("{}", beside_others(recorder.medians(), registered));
  if (wrong_results() > 0) fmt::print(stderr, "ops: {} of {} benchmarks had a wrong result and were not timed\n", wrong_results(), ran);
  return wrong_results() > 0 ? kWrongResult : kDone;
}

int run(Settings& settings, const Extras& extras) {
  std::vector<std::string> registered;
  if (settings.device == "cpu") {
    if (!settings.list) measure_machine(settings);
    const Rivals rivals = extras.rivals != nullptr ? extras.rivals(settings) : Rivals();
    bool any = false;
    for_each_op([&]<class P>() { any = any || !registered_kernels<P>().empty(); });
    for_each_op([&]<class P>() { add_op<P>(settings, rivals, registered, any); });
  } else if (extras.add_device != nullptr) {
    extras.add_device(settings);
  } else {
    fmt::print(stderr, "ops: --device {}: this program has no kernels for devices\n", settings.device);
    return kDevice;
  }
  if (entries().empty()) {
    fmt::print(stderr, "ops: no benchmark has these --op, --kernel, --net and --layer\n");
    return kUsage;
  }
  if (!settings.list) return measure(registered);
  for (const Entry& e : entries()) fmt::print("{}  {}\n", e.name, e.label);
  return kDone;
}

} // namespace

Buffer& sets_memory(std::int64_t floats) {
  static Buffer memory;
  if (memory.floats() < floats) memory = {}; // frees the old memory before the new is allocated
  if (memory.floats() < floats) memory = Buffer(floats);
  return memory;
}

std::int64_t aligned(std::int64_t floats) {
  constexpr std::int64_t kUnit = kAlignment / sizeof(float);
  return (floats + kUnit - 1) / kUnit * kUnit;
}

int run_ops(int argc, char** argv, const Extras& extras) {
  int exit_code = kDone;
  std::optional<Settings> settings = parse_options(argc, argv, exit_code);
  if (!settings) return exit_code;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return kUsage;
  struct LetGo {
    ~LetGo() { // frees memory that may belong to a device
      prepared() = {};
      benchmark::ClearRegisteredBenchmarks();
    }
  } at_the_end;
  try {
    return run(*settings, extras);
  } catch (const DeviceError& e) {
    fmt::print(stderr, "ops: {}\n", e.what());
    return kDevice;
  } catch (const Error& e) {
    fmt::print(stderr, "ops: {}\n", e.what());
    return kModel;
  }
}

} // namespace pose::bench
