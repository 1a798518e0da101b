// Command lines of the programs: common options, and how an exception becomes one line and an exit code.
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/program.h"
#include "nets/runtime.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

namespace pose::apps {

// The options of every program: --models --bn --weight_cache --threads --device --precision --target --kernels --quiet.
struct CommonOptions {
  ModelOptions model;
  RunSettings settings;
  bool quiet = false;

  void add_to(CommandLine& line);
  // Returns the files that the options name, "" for none.
  std::vector<std::string> files() const { return {model.bn_path, settings.kernels}; }
  // Returns resolve(settings), with notes on standard error unless quiet, and interrupted() as its stop callback.
  RunOptions run() const;
};

constexpr std::int64_t kMostPixels = 1ll << 40; // of an image: the largest sides that are read

// Returns the detectors that have another default than most, for --help: ", NAME VALUE" for each.
template <class T> std::string detector_exceptions(T DetectorDefaults::*value) {
  std::string text;
  for (const std::string& name : detector_names()) {
    if (detector_defaults(name).*value != DetectorDefaults().*value) text += fmt::format(", {} {}", name, detector_defaults(name).*value);
  }
  return text;
}

// Parses, and runs body.  Prints "program: message" for errors and returns the exit code.
int run_program(CommandLine& line, int argc, char** argv, const std::function<int()>& body);

} // namespace pose::apps
