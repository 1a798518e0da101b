// Runtime: where a network runs, and how a model becomes a plan there, with errors of the right type.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/device_plan.h"
#include "nets/plan.h"
#include "nets/tuning.h"
#include "nets/zoo.h"
#include "tensor/error.h"

#include <functional>
#include <memory>
#include <string>

namespace pose {

// Long computations call it now and then, and end early when it returns true.  Empty: never.
using StopCallback = std::function<bool()>;
inline bool wants_stop(const StopCallback& stop) {
  return stop && stop();
}

// Where and how networks run.
struct RunOptions {
  Target target = best_target();
  int threads = 1;
  std::string weight_cache = {};                     // PlanOptions
  std::shared_ptr<const Tuning> tuning = {};         // null: the planner chooses the kernels
  std::function<void(const std::string&)> note = {}; // gets one line when the weight cache was of no use
  std::shared_ptr<Gpu> gpu = {};                     // null: the CPU, and all of the above counts; else only what follows
  Precision precision = Precision::fp32;
  StopCallback stop = {}; // of what takes long
};

// The same as text, as users say it.
struct RunSettings {
  int threads = 0;            // 0: all that there are
  std::string device = "cpu"; // open_device()
  std::string precision = {}; // of a GPU: fp32, tf32, fp16; "": `usual`
  std::string target = {};    // ref, avx2, avx512; "": the best that this CPU has
  std::string weight_cache = {}, kernels = {};
  Precision usual = Precision::fp16;
};

// Opens the device and reads the tuning file.  $POSE_WEIGHT_CACHE stands in for an empty weight_cache.  Throws DeviceError for a device, precision or
// target that is not there, InputError for options of the CPU with a GPU, and as load_tuning() does.
RunOptions resolve(const RunSettings& settings);

// Opens the device that `text` names.  cpu: returns null.  auto: the first GPU if it works, else null.  cuda:N, emulated: returns it.  Throws DeviceError for what is not there and for other
// texts.
std::shared_ptr<Gpu> open_device(const std::string& text);

// Throws Error for other texts than fp32, tf32 and fp16.
Precision parse_precision(const std::string& text);

// What a plan is for, beside running.
struct PlanUse {
  bool fuse = true;            // PlanOptions
  bool alias_buffers = true;   // PlanOptions
  bool discard_weights = true; // the plan uses the model up; false: others will be made from it
  bool keep_all = false;       // PlanOptions
  KernelChoices kernels = {};  // PlanOptions; of no effect on a GPU, and in place of run.tuning
};

// Makes a plan for the model on the CPU.  Throws ModelError for weights and kernels that do not fit, DeviceError for a run on a GPU.
Plan make_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use = {});

// Makes a plan for the model on run.gpu, in run.precision.  Throws ModelError for weights that do not fit, DeviceError for what the device cannot do.
DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use = {});

// Calls f() and turns its errors into DeviceError: for all that is done with a DevicePlan, a Stream, ...
template <class F> auto on_device(F f) {
  return with_errors_as<DeviceError>(f);
}

// Throws InputError for a file that cannot be read, ModelError for one that is no tuning file.
Tuning load_tuning(const std::string& path);

// Throws InputError unless inp_dim, named `what`, is a multiple of 32 from `least` to 4096.
void check_inp_dim(int inp_dim, int least, const char* what);

} // namespace pose
