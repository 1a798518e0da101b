// What the parts of the Python module share.
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

// Where and how nets run, as Python says it.
struct Where {
  int threads = 0;
  std::optional<std::string> target, precision;
  std::string device;
  std::optional<Path> models, bn, kernels, weight_cache;

  RunSettings run(Precision usual) const;
  ModelOptions model() const;
};

// Beside the module: more cfg files.
std::string& data_dir();

// Throws Error unless low <= value <= high.
void expect_in(const char* name, double value, double low, double high);

// An object that has threads or a GPU is of no use in a forked process, where it would wait for ever.
class OneProcess {
public:
  void expect_same() const {
    if (getpid() != pid_) fail("expected an object made in this process, {}, found one of process {}: make it after the fork", getpid(), pid_);
  }

private:
  pid_t pid_ = getpid();
};

void bind_net(nanobind::module_& m);
void bind_pose(nanobind::module_& m);

} // namespace pose::python
