// Implements cli.h.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"

#include <CLI/CLI.hpp>
#include <alphapose/version.h>

#include <cstdio>

namespace pose::apps {

void CommonOptions::add_to(CLI::App& app) {
  app.add_option("--models", model.models_dir, "folder of model files (default: $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp)");
  app.add_option("--bn", model.bn_path, "batch-norm side file of MODEL@seed:N");
  app.add_option("--weight_cache", settings.weight_cache,
                 "folder for packed weights, which the next start maps (default: $POSE_WEIGHT_CACHE, or none)");
  app.add_option("--threads", settings.threads, "threads of the networks (default: all)")->check(CLI::Range(1, 1024));
  app.add_option("--device", settings.device,
                 "auto (the first GPU, or the CPU), cpu, cuda:N or emulated (runs the GPU's kernels on the CPU; slow; needs a build without CUDA)")
      ->capture_default_str();
  app.add_option("--precision", settings.precision, fmt::format("precision on a GPU: fp32, tf32 or fp16 (default: {})", name_of(settings.usual)));
  app.add_option("--target", settings.target, "ref, avx2 or avx512 (default: the best of this CPU)");
  app.add_option("--kernels", settings.kernels, "tuning file of `layers tune` (default: the planner's choice)");
  app.add_flag("--quiet", quiet, "print errors only");
}

RunOptions CommonOptions::run() const {
  RunOptions options = resolve(settings);
  options.stop = interrupted;
  if (!quiet) options.note = [](const std::string& line) { fmt::print(stderr, "note: {}\n", line); };
  return options;
}

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  app.set_version_flag("--version", fmt::format("{} {}", app.get_name(), alphapose::version()));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) { // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "{}: {} (--help lists the options)\n", app.get_name(), e.what());
    return kUsage;
  }
  catch_signals();
  try {
    return body();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return exit_code_of(e);
  }
}

} // namespace pose::apps
