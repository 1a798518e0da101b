// The command lines of the programs: common options, how an exception becomes one line and a code.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/program.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace pose::apps {

// --models --bn --weight_cache --threads --device --precision --target --kernels --quiet, as every program has them.
struct CommonOptions {
  ModelOptions model;
  int threads = 0; // 0: all
  std::string device = "cpu", precision, target, weight_cache, kernels;
  bool quiet = false;

  Precision usual = Precision::fp16; // of a GPU, without --precision

  void add_to(CLI::App& app);
  // Opens the device and reads the tuning file; throws Exit(kDevice) for a device, precision or target that is not there, Exit(kUsage) for options
  // of the CPU with a GPU.
  RunOptions run() const;
};

// Parses, then runs body; prints "program: message" for errors and returns the exit code.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

} // namespace pose::apps
