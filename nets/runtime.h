// Runtime: options for where a network runs, and functions that make a plan of a model, with errors of the right type.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/device_plan.h"
#include "nets/plan.h"
#include "nets/tuning.h"
#include "nets/zoo.h"
#include "tensor/error.h"
#include "tensor/stop.h"

#include <functional>
#include <memory>
#include <string>

namespace pose {

// Options for where and how networks run.
struct RunOptions {
  Target target = best_target();
  int threads = 1;
  std::string weight_cache = {};                     // see PlanOptions
  std::shared_ptr<const Tuning> tuning = {};         // null: the planner chooses the kernels
  std::function<void(const std::string&)> note = {}; // gets one line when the weight cache had no effect
  std::shared_ptr<Gpu> gpu = {};                     // null: runs on the CPU with the options above; else only those below apply
  Precision precision = Precision::fp32;
  StopCallback stop = {}; // of long computations
};

// The same options as text, as users give them.
struct RunSettings {
  int threads = 0;            // 0: all available threads
  std::string device = "cpu"; // see open_device()
  std::string precision = {}; // of a GPU: fp32, tf32, fp16; "": `usual`
  std::string target = {};    // ref, avx2, avx512; "": the best of this CPU
  std::string weight_cache = {}, kernels = {};
  Precision usual = Precision::fp16;
};

// Throws InputError for texts of a device, precision or target that do not exist anywhere.
void check_texts(const RunSettings& settings);

// Opens the device and reads the tuning file.  $POSE_WEIGHT_CACHE replaces an empty weight_cache.  Throws DeviceError for a device, precision or
// target that is not available.  Throws InputError for CPU options with a GPU.  Throws also as load_tuning() does.
RunOptions resolve(const RunSettings& settings);

// Opens the device that `text` names.  cpu: returns null.  auto: returns the first GPU if it works, or null.  cuda:N, emulated: returns the device.
// Throws DeviceError for an unavailable device and for other texts.
std::shared_ptr<Gpu> open_device(const std::string& text);

// Throws Error for texts other than fp32, tf32 and fp16.
Precision parse_precision(const std::string& text);

// What a plan is used for in addition to running.
struct PlanUse {
  bool fuse = true;            // see PlanOptions
  bool alias_buffers = true;   // see PlanOptions
  bool discard_weights = true; // the plan consumes the model; false: other plans will be made from it
  bool keep_all = false;       // see PlanOptions
  KernelChoices kernels = {};  // see PlanOptions; replaces run.tuning; no effect on a GPU
};

// Makes a plan for the model on the CPU.  Throws ModelError for weights and kernels that do not fit, DeviceError for a run on a GPU.
Plan make_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use = {});

// Makes a plan for the model on run.gpu, in run.precision.  Throws ModelError for weights that do not fit, DeviceError for operations that the device
// cannot do.
DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use = {});

// Calls f() and turns its errors into DeviceError.  Use it for all operations on a DevicePlan, a Stream, ...
template <class F> auto on_device(F f) {
  return with_errors_as<DeviceError>(f);
}

// Reads a tuning file.  Throws InputError for a file that cannot be read, ModelError for one that is not a tuning file.
Tuning load_tuning(const std::string& path);

// Throws InputError unless inp_dim, named `what`, is a multiple of 32 from `least` to 4096.
void check_inp_dim(int inp_dim, int least, const char* what);

} // namespace pose
