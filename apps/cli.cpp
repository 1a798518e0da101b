// Shared command-line behaviour.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"

#include "image/codec.h"
#include "tensor/file.h"
#include "tensor/parallel.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void on_signal(int) {
  g_interrupted = 1;
}

} // namespace

void CommonOptions::add_to(CLI::App& app) {
  app.add_option("--models", model.models_dir, "folder of model files (default: $POSE_MODELS, models/ of the project, ~/.cache/alphapose.cpp)");
  app.add_option("--bn", model.bn_path, "batch-norm side file of NAME@seed:N");
  app.add_option("--threads", threads, "threads of the networks (default: all)")->check(CLI::Range(1, 1024));
  app.add_option("--device", device, "cpu or cuda:N")->capture_default_str();
  app.add_option("--target", target, "ref, avx2 or avx512 (default: the best this CPU has)");
  app.add_flag("--quiet", quiet, "no progress, errors only");
}

RunOptions CommonOptions::run() const {
  if (device.rfind("cuda", 0) == 0) throw Exit(kDevice, fmt::format("--device {}: this build has no CUDA; available: cpu", device));
  if (device != "cpu") throw Exit(kDevice, fmt::format("--device {}: expected cpu or cuda:N", device));
  RunOptions options;
  try {
    options.target = target.empty() ? best_target() : parse_target(target);
    require_target(options.target);
  } catch (const Error& e) {
    throw Exit(kDevice, e.what());
  }
  options.threads = threads > 0 ? threads : available_threads();
  return options;
}

Model load(const std::string& name, const ModelOptions& options) {
  try {
    return load_model(name, options);
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
}

Plan make_plan(const Model& model, const RunOptions& run, int batch, bool fuse) {
  try {
    return Plan(model.graph, *model.weights, {run.target, batch, run.threads, fuse, false, true});
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
}

std::vector<std::string> pictures_in(const std::string& dir) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    if (is_image_name(name) && !it->is_directory()) names.push_back(name);
  }
  if (error) throw Exit(kUsage, fmt::format("{}: expected a readable folder: {}", dir, error.message()));
  if (names.empty()) throw Exit(kUsage, fmt::format("{}: expected pictures (.jpg, .jpeg, .png), found none", dir));
  std::sort(names.begin(), names.end());
  return names;
}

void make_output_dir(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (!fs::is_directory(dir)) {
    throw Exit(kUsage, fmt::format("{}: expected a folder that can be written: {}", dir, error ? error.message() : "it is a file"));
  }
}

void check_inp_dim(int inp_dim, int least) {
  constexpr int kStride = 32, kMost = 4096; // YOLO's coarsest grid; a memory bound
  if (inp_dim < least || inp_dim > kMost || inp_dim % kStride != 0) {
    throw Exit(kUsage, fmt::format("--inp_dim: expected a multiple of {} from {} to {}, found {}", kStride, least, kMost, inp_dim));
  }
}

void write_text(const std::string& path, const std::string& text) {
  write_file(path, std::as_bytes(std::span(text)));
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
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
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

bool interrupted() {
  return g_interrupted != 0;
}

} // namespace pose::apps
