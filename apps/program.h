// What the programs share without their command lines: exit codes, models made ready to run, files and folders, interruption.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/device_plan.h"
#include "nets/plan.h"
#include "nets/tuning.h"
#include "nets/zoo.h"
#include "tensor/error.h"
#include "tensor/target.h"

#include <memory>
#include <string>
#include <vector>

namespace pose::apps {

enum ExitCode { kDone = 0, kSomeInputsFailed = 1, kUsage = 2, kModel = 3, kDevice = 4, kInterrupted = 130 };

// An error that ends the program with a code of its own.
class Exit : public Error {
public:
  Exit(ExitCode c, const std::string& message) : Error(message), code(c) {}
  ExitCode code;
};

// Where and how nets run.
struct RunOptions {
  Target target = Target::ref;
  int threads = 1;
  std::string weight_cache = {}; // PlanOptions
  bool quiet = false;
  std::shared_ptr<const Tuning> tuning = {}; // null: the planner chooses the kernels
  std::shared_ptr<Gpu> gpu = {};             // null: the CPU, and all of the above counts; else only `quiet` and what follows
  Precision precision = Precision::fp32;
};

// cpu: null; cuda:N, emulated: the device, opened.  Exit(kDevice) for what is not there and for other texts.
std::shared_ptr<Gpu> open_device(const std::string& text);

// load_model, with Exit(kModel) for its errors.
Model load(const std::string& name, const ModelOptions& options);

// What a plan is for, beside running.
struct PlanUse {
  bool fuse = true;            // PlanOptions
  bool nest = true;            // PlanOptions
  bool discard_weights = true; // the plan uses the model up; false: others will be made from it
  KernelChoices kernels = {};  // PlanOptions; of no effect on a GPU
};

// A plan for the model on the CPU; Exit(kModel) for weights and kernels that do not fit, Exit(kDevice) for a run on a GPU.
// Says on standard error when the cache was of no use.
Plan make_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use);
Plan make_plan(const Model& model, const RunOptions& run, int batch, bool fuse = true);

// A plan for the model on run.gpu, in run.precision; Exit(kModel) for weights that do not fit, Exit(kDevice) for what the device cannot do.
DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, const PlanUse& use);
DevicePlan make_device_plan(const Model& model, const RunOptions& run, int batch, bool fuse = true);

// f(), with Exit(kDevice) for its errors: for all that is done with a DevicePlan, a Stream, ...
template <class F> auto on_device(F f) {
  try {
    return f();
  } catch (const Exit&) {
    throw;
  } catch (const Error& e) {
    throw Exit(kDevice, e.what());
  }
}

// As make_plan, with kernels of the caller's choice, and the model can be used again.
Plan make_trial_plan(const Model& model, const RunOptions& run, int batch, const KernelChoices& kernels);

// Exit(kUsage) for a file that cannot be read, Exit(kModel) for one that is no tuning file.
Tuning load_tuning(const std::string& path);

// The names of all pictures in the folder, sorted, not recursive; throws Exit(kUsage) when it cannot be read or holds none.
std::vector<std::string> pictures_in(const std::string& dir);

// Creates the folder and its parents; throws Exit(kUsage) when that cannot be.
void make_output_dir(const std::string& dir);

// Throws Exit(kUsage) unless it is a multiple of 32 from `least` to 4096.
void check_inp_dim(int inp_dim, int least);

// Writes a whole text file, or nothing; throws Error.
void write_text(const std::string& path, const std::string& text);

// Sets what interrupted() tells for SIGINT and SIGTERM.
void catch_signals();
// The user wants an end: finish what is under way, write what there is, return kInterrupted.
bool interrupted();

} // namespace pose::apps
