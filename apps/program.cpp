// Models, files and signals of the programs.
// SPDX-License-Identifier: MIT
#include "apps/program.h"

#include "image/codec.h"
#include "nets/lower.h"
#include "tensor/file.h"

#include <algorithm>
#include <charconv>
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

// For what has kernels of the CPU only.
void expect_cpu(const RunOptions& run) {
  if (run.gpu) throw Exit(kDevice, fmt::format("{}: expected --device cpu here", run.gpu->info().name));
}

} // namespace

Model load(const std::string& name, const ModelOptions& options) {
  try {
    return load_model(name, options);
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
}

std::shared_ptr<Gpu> open_device(const std::string& text) {
  if (text == "cpu") return nullptr;
  int index = kEmulated;
  const char* end = text.data() + text.size();
  const bool cuda = text.rfind("cuda:", 0) == 0;
  const std::from_chars_result number = cuda ? std::from_chars(text.data() + 5, end, index) : std::from_chars_result{end, {}};
  if ((!cuda && text != "emulated") || number.ec != std::errc() || number.ptr != end || (cuda && index < 0))
    throw Exit(kDevice, fmt::format("--device {}: expected cpu, cuda:N or emulated", text));
  return on_device([&] { return std::make_shared<Gpu>(index); });
}

DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, bool fuse) {
  return make_device_plan(model, run, batch, PlanUse{.fuse = fuse});
}

DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use) {
  try {
    bind(model.graph, *model.weights);
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
  return on_device([&] {
    const DevicePlanOptions options{
        .precision = run.precision, .batch = batch, .fuse = use.fuse, .discard_weights = use.discard_weights, .nest = use.nest};
    return DevicePlan(model.graph, *model.weights, options, *run.gpu);
  });
}

Plan make_plan(const Model& model, const RunOptions& run, int batch, bool fuse) {
  return make_plan(model, run, batch, PlanUse{.fuse = fuse});
}

Plan make_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use) {
  expect_cpu(run);
  if (run.tuning && !use.fuse) throw Exit(kUsage, "--kernels: expected a net after folding and fusing, whose layers the file names");
  try {
    PlanOptions options{run.target, batch, run.threads, use.fuse, false, use.discard_weights, run.weight_cache};
    options.nest = use.nest;
    options.kernels = use.kernels;
    if (run.tuning) options.kernels = choices_for(*run.tuning, model.graph, run.target);
    Plan plan(model.graph, *model.weights, options);
    if (!plan.cache_note().empty() && !run.quiet) fmt::print(stderr, "note: {}\n", plan.cache_note());
    return plan;
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
}

Plan make_trial_plan(const Model& model, const RunOptions& run, int batch, const KernelChoices& kernels) {
  expect_cpu(run);
  try {
    return Plan(model.graph, *model.weights, {run.target, batch, run.threads, true, false, false, "", kernels});
  } catch (const Error& e) {
    throw Exit(kModel, e.what());
  }
}

Tuning load_tuning(const std::string& path) {
  std::shared_ptr<const MappedFile> file;
  try {
    file = MappedFile::open(path);
  } catch (const Error& e) {
    throw Exit(kUsage, e.what());
  }
  try {
    const std::span<const std::byte> bytes = file->bytes();
    return parse_tuning(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), path);
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

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return g_interrupted != 0;
}

} // namespace pose::apps
