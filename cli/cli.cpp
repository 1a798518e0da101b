// Implements cli.h.
// SPDX-License-Identifier: MIT
#include "cli/cli.h"

namespace pose::apps {

void CommonOptions::add_to(CommandLine& line) {
  line.option("--models", model.models_dir, "folder of model files (default: $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp)");
  line.option("--bn", model.bn_path, "batch-norm side file of MODEL@seed:N");
  line.option("--weight_cache", settings.weight_cache, "folder for packed weights, which the next start maps (default: $POSE_WEIGHT_CACHE, or none)");
  line.option("--threads", settings.threads, "threads of the networks (default: all)").range(1, 1024);
  line.option("--device", settings.device,
              "auto (the first GPU, or the CPU), cpu, cuda:N or emulated (runs the GPU's kernels on the CPU; slow; needs a build without CUDA)")
      .show_default();
  line.option("--precision", settings.precision, fmt::format("precision on a GPU: fp32, tf32 or fp16 (default: {})", name_of(settings.usual)));
  line.option("--target", settings.target, "ref, avx2 or avx512 (default: the best of this CPU)");
  line.option("--kernels", settings.kernels, "tuning file of `layers tune` (default: the planner's choice)");
  line.flag("--quiet", quiet, "print errors only");
}

RunOptions CommonOptions::run() const {
  RunOptions options = resolve(settings);
  options.stop = interrupted;
  if (!quiet) options.note = [](const std::string& line) { say("note: {}\n", line); };
  return options;
}

int run_program(CommandLine& line, int argc, char** argv, const std::function<int()>& body) {
  if (const std::optional<int> code = line.parse(argc, argv)) return *code;
  catch_signals();
  try {
    return body();
  } catch (const std::exception& e) {
    return report_end(line.program().c_str(), e);
  }
}

} // namespace pose::apps
