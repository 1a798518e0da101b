// What the three programs share: exit codes, common options, how an exception becomes one line and a code.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/plan.h"
#include "nets/zoo.h"
#include "tensor/error.h"
#include "tensor/target.h"

#include <CLI/CLI.hpp>

#include <functional>
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
};

// --models --bn --threads --device --target --quiet, as every program has them.
struct CommonOptions {
  ModelOptions model;
  int threads = 0; // 0: all
  std::string device = "cpu", target;
  bool quiet = false;

  void add_to(CLI::App& app);
  RunOptions run() const; // throws Exit(kDevice) for a device or target that is not there
};

// load_model, with Exit(kModel) for its errors.
Model load(const std::string& name, const ModelOptions& options);

// A plan for the model, whose weights it uses up; Exit(kModel) for weights that do not fit.
Plan make_plan(const Model& model, const RunOptions& run, int batch, bool fuse = true);

// The names of all pictures in the folder, sorted, not recursive; throws Exit(kUsage) when it cannot be read or holds none.
std::vector<std::string> pictures_in(const std::string& dir);

// Creates the folder and its parents; throws Exit(kUsage) when that cannot be.
void make_output_dir(const std::string& dir);

// Throws Exit(kUsage) unless it is a multiple of 32 from `least` to 4096.
void check_inp_dim(int inp_dim, int least);

// Writes a whole text file, or nothing; throws Error.
void write_text(const std::string& path, const std::string& text);

// Parses, then runs body; prints "program: message" for errors and returns the exit code.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

// Set by SIGINT and SIGTERM: finish what is under way, write what there is, return kInterrupted.
bool interrupted();

} // namespace pose::apps
