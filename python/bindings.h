// Declarations shared by the parts of the Python module.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "tensor/expect.h"
#include "tensor/one_process.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>

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

void bind_net(nanobind::module_& m);
void bind_pose(nanobind::module_& m);

} // namespace pose::python
