// The command lines of the programs: common options, how an exception becomes one line and a code.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/program.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace pose::apps {

// --models --bn --weight_cache --threads --device --target --kernels --quiet, as every program has them.
struct CommonOptions {
  ModelOptions model;
  int threads = 0; // 0: all
  std::string device = "cpu", target, weight_cache, kernels;
  bool quiet = false;

  void add_to(CLI::App& app);
  RunOptions run() const; // throws Exit(kDevice) for a device or target that is not there; reads the tuning file
};

// Parses, then runs body; prints "program: message" for errors and returns the exit code.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

} // namespace pose::apps
