// Declarations shared by the parts of the Python module.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <unistd.h>

namespace pose::python {

using Path = std::filesystem::path;

// The arguments of load() and Pose that say where and how networks run.
struct Where {
  int threads = 0;
  std::optional<std::string> target, precision;
  std::string device;
  std::optional<Path> models, bn, kernels, weight_cache;

  RunSettings run(Precision usual) const;
  ModelOptions model() const;
};

// Returns the module's data folder, with cfg/ and trained/.  set_data_dir() sets it.
std::string& data_dir();

// Throws Error unless low <= value <= high.
void expect_in(const char* name, double value, double low, double high);

// Detects a call after fork().  Threads do not survive a fork, so that an object with threads or a GPU would wait forever in the child process.
class OneProcess {
public:
  // Throws Error in any process but the one that made the object.
  void expect_same() const {
    if (getpid() != pid_) fail("expected an object made in this process, {}, found one of process {}: make it after the fork", getpid(), pid_);
  }

private:
  pid_t pid_ = getpid();
};

void bind_net(nanobind::module_& m);
void bind_pose(nanobind::module_& m);

} // namespace pose::python
