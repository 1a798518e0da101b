// Parsing, and ending with a code.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"

#include "tensor/parallel.h"

#include <cstdio>
#include <cstdlib>

namespace pose::apps {
namespace {

Precision parse_precision(const std::string& text) {
  for (const Precision p : {Precision::fp32, Precision::tf32, Precision::fp16}) {
    if (text == name_of(p)) return p;
  }
  fail("precision {}: expected fp32, tf32 or fp16", text);
}

} // namespace

void CommonOptions::add_to(CLI::App& app) {
  app.add_option("--models", model.models_dir, "folder of model files (default: $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp)");
  app.add_option("--bn", model.bn_path, "batch-norm side file of NAME@seed:N");
  app.add_option("--weight_cache", weight_cache, "folder for packed weights, which the next start maps (default: $POSE_WEIGHT_CACHE, else none)");
  app.add_option("--threads", threads, "threads of the networks (default: all)")->check(CLI::Range(1, 1024));
  app.add_option("--device", device, "cpu, cuda:N or emulated (the GPU's kernels on the CPU, slowly, in builds without CUDA)")->capture_default_str();
  app.add_option("--precision", precision, fmt::format("of a GPU: fp32, tf32 or fp16 (default: {})", name_of(usual)));
  app.add_option("--target", target, "ref, avx2 or avx512 (default: the best this CPU has)");
  app.add_option("--kernels", kernels, "tuning file of `layers tune`: the kernels to take (default: the planner's choice)");
  app.add_flag("--quiet", quiet, "no progress, errors only");
}

RunOptions CommonOptions::run() const {
  RunOptions options;
  options.gpu = open_device(device);
  try {
    if (options.gpu) options.precision = usual;
    if (!precision.empty()) options.precision = parse_precision(precision);
    if (!options.gpu && options.precision != Precision::fp32) fail("--precision {}: expected a GPU; the CPU computes in fp32", precision);
    options.target = target.empty() ? best_target() : parse_target(target);
    require_target(options.target);
  } catch (const Error& e) {
    throw Exit(kDevice, e.what());
  }
  for (const auto& [option, value] : {std::pair("--target", &target), {"--kernels", &kernels}, {"--weight_cache", &weight_cache}}) {
    if (options.gpu && !value->empty()) throw Exit(kUsage, fmt::format("{}: expected --device cpu, found {}", option, device));
  }
  options.threads = threads > 0 ? threads : available_threads();
  options.quiet = quiet;
  options.weight_cache = weight_cache;
  if (const char* dir = std::getenv("POSE_WEIGHT_CACHE"); weight_cache.empty() && dir != nullptr) options.weight_cache = dir;
  if (!kernels.empty()) options.tuning = std::make_shared<const Tuning>(load_tuning(kernels));
  return options;
}

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "{}: {} (--help lists the options)\n", app.get_name(), e.what());
    return kUsage;
  }
  catch_signals();
  try {
    return body();
  } catch (const Exit& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return e.code;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return kSomeInputsFailed; // a result that could not be written
  }
}

} // namespace pose::apps
