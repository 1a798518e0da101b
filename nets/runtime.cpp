// Implements runtime.h.
// SPDX-License-Identifier: MIT
#include "nets/runtime.h"

#include "nets/lower.h"
#include "tensor/file.h"
#include "tensor/parallel.h"

#include <charconv>
#include <cstdlib>
#include <span>

namespace pose {
namespace {

// Throws DeviceError on a GPU.  For operations that have CPU kernels only.
void expect_cpu(const RunOptions& run) {
  if (run.gpu) fail<DeviceError>("{}: expected device cpu here", run.gpu->info().name);
}

// Returns the N of cuda:N, kEmulated for emulated.  Throws DeviceError for other texts.
int gpu_index(const std::string& text) {
  if (text == "emulated") return kEmulated;
  int index = 0;
  const char* end = text.data() + text.size();
  const bool cuda = text.rfind("cuda:", 0) == 0;
  const std::from_chars_result number = std::from_chars(cuda ? text.data() + 5 : end, end, index);
  if (number.ec != std::errc() || number.ptr != end || index < 0) fail<DeviceError>("device {}: expected auto, cpu, cuda:N or emulated", text);
  return index;
}

} // namespace

std::shared_ptr<Gpu> open_device(const std::string& text) {
  if (text == "cpu") return nullptr;
  if (text == "auto") {
    try {
      return std::make_shared<Gpu>(0);
    } catch (const Error&) { // none that works
      return nullptr;
    }
  }
  const int index = gpu_index(text);
  return on_device([&] { return std::make_shared<Gpu>(index); });
}

void check_texts(const RunSettings& s) {
  try {
    if (s.device != "cpu" && s.device != "auto") gpu_index(s.device);
    if (!s.precision.empty()) parse_precision(s.precision);
    if (!s.target.empty()) parse_target(s.target);
  } catch (const Error& e) {
    throw InputError(e.what());
  }
}

RunOptions resolve(const RunSettings& s) {
  RunOptions options;
  options.gpu = open_device(s.device);
  with_errors_as<DeviceError>([&] {
    if (options.gpu) options.precision = s.usual;
    if (!s.precision.empty()) options.precision = parse_precision(s.precision);
    if (!options.gpu && options.precision != Precision::fp32) fail("precision {}: expected a GPU; the CPU computes in fp32", s.precision);
    options.target = s.target.empty() ? best_target() : parse_target(s.target);
    require_target(options.target);
  });
  for (const auto& [option, value] : {std::pair("target", &s.target), {"kernels", &s.kernels}, {"weight_cache", &s.weight_cache}}) {
    if (options.gpu && !value->empty()) fail<InputError>("{}: expected device cpu, found {}", option, s.device);
  }
  options.threads = s.threads > 0 ? s.threads : available_threads();
  options.weight_cache = s.weight_cache;
  if (const char* dir = std::getenv("POSE_WEIGHT_CACHE"); s.weight_cache.empty() && dir != nullptr) options.weight_cache = dir;
  if (!s.kernels.empty()) options.tuning = std::make_shared<const Tuning>(load_tuning(s.kernels));
  return options;
}

Precision parse_precision(const std::string& text) {
  for (const Precision p : {Precision::fp32, Precision::tf32, Precision::fp16}) {
    if (text == name_of(p)) return p;
  }
  fail("precision {}: expected fp32, tf32 or fp16", text);
}

DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use) {
  with_errors_as<ModelError>([&] { bind(model.graph, *model.weights); });
  return on_device([&] {
    const DevicePlanOptions options{.precision = run.precision,
                                    .batch = batch,
                                    .fuse = use.fuse,
                                    .keep_all = use.keep_all,
                                    .discard_weights = use.discard_weights,
                                    .alias_buffers = use.alias_buffers};
    return DevicePlan(model.graph, *model.weights, options, *run.gpu);
  });
}

Plan make_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use) {
  expect_cpu(run);
  if (run.tuning && !use.fuse) fail<InputError>("{}: expected a net after folding and fusing, whose layers the file names", run.tuning->source);
  const bool own_kernels = !use.kernels.kernel_of.empty();
  PlanOptions options{.target = run.target,
                      .batch = batch,
                      .threads = run.threads,
                      .fuse = use.fuse,
                      .keep_all = use.keep_all,
                      .discard_weights = use.discard_weights,
                      .weight_cache = run.weight_cache,
                      .kernels = use.kernels,
                      .alias_buffers = use.alias_buffers};
  return with_errors_as<ModelError>([&] {
    if (run.tuning && !own_kernels) options.kernels = choices_for(*run.tuning, model.graph, run.target);
    Plan plan(model.graph, *model.weights, options);
    if (!plan.cache_note().empty() && run.note) run.note(plan.cache_note());
    return plan;
  });
}

Tuning load_tuning(const std::string& path) {
  const std::vector<std::byte> bytes = with_errors_as<InputError>([&] { return read_file(path); });
  return with_errors_as<ModelError>([&] { return parse_tuning(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), path); });
}

void check_inp_dim(int inp_dim, int least, const char* what) {
  constexpr int kStride = 32, kMost = 4096; // YOLO's coarsest grid; a memory limit
  if (inp_dim < least || inp_dim > kMost || inp_dim % kStride != 0)
    fail<InputError>("{}: expected a multiple of {} from {} to {}, found {}", what, kStride, least, kMost, inp_dim);
}

} // namespace pose
