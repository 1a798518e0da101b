// bench/ops: every kernel of every op's table on the networks' shapes, with Google Benchmark's options and
//   --threads=N --batch=N --cold (weights from memory in every run).
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"
#include "ops/peak/peak.h"
#include "tensor/error.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using pose::bench::Settings;

constexpr void (*kTables[])(const Settings&) = {
    pose::bench::add_conv2d,
    pose::bench::add_others,
};

// 0: the argument is not `--name=N` with N >= 1.
int number_of(const char* argument, const char* name) {
  const std::size_t length = std::strlen(name);
  if (std::strncmp(argument, name, length) != 0 || argument[length] != '=') return 0;
  return std::max(0, std::atoi(argument + length + 1));
}

// Takes our options out of argv.
Settings parse(int& argc, char** argv) {
  Settings s;
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (const int threads = number_of(argv[i], "--threads")) {
      s.threads = threads;
    } else if (const int batch = number_of(argv[i], "--batch")) {
      s.batch = batch;
    } else if (std::strcmp(argv[i], "--cold") == 0) {
      s.cold = true;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return s;
}

int run(int argc, char** argv) {
  Settings settings = parse(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  settings.peak = pose::fma_peak_gflops(pose::best_target());
  benchmark::AddCustomContext("peak GFLOP/s of a core", fmt::format("{:.1f}", settings.peak));
  benchmark::AddCustomContext("threads", fmt::format("{}", settings.threads));
  for (auto add : kTables) add(settings);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const pose::Error& e) {
    std::fprintf(stderr, "ops: %s\n", e.what());
    return 1;
  }
}
