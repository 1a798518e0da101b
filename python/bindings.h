// Declarations shared by the parts of the Python module.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "python/arguments.h"
#include "python/gil.h"
#include "tensor/expect.h"
#include "tensor/one_process.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <vector>

namespace pose::python {

constexpr const char* kPath = "str | bytes | os.PathLike | None"; // type of a parameter

// The arguments of load() and Pose that say where and how networks run.
struct Where {
  // The parameters, in two parts: load() takes the first without a name, too.
  static inline const std::vector<Parameter> kFirst = {
      {"threads", "int", "0"}, {"target", "str | None", "None"}, {"device", "str", "'cpu'"}, {"precision", "str | None", "None"}};
  static inline const std::vector<Parameter> kLast = {
      {"models", kPath, "None"}, {"bn", kPath, "None"}, {"kernels", kPath, "None"}, {"weight_cache", kPath, "None"}};

  int threads = 0;
  std::optional<std::string> target, precision;
  std::string device;
  std::optional<Path> models, bn, kernels, weight_cache;

  explicit Where(const Arguments& arguments);
  RunSettings run(Precision usual) const;
  ModelOptions model() const;
};

// Returns the module's data folder, with cfg/ and trained/.  set_data_dir() sets it.
std::string& data_dir();

// Returns the object of a method's self.  Throws TypeError for another type, and for an object whose class did not call super().__init__().
template <class T> T& instance_of(nanobind::handle self, const char* type) {
  if (nanobind::isinstance<T>(self) && nanobind::inst_ready(self)) return *nanobind::inst_ptr<T>(self);
  throw nanobind::type_error(fmt::format("self: expected an initialized {}, found {}", type, text_of(self)).c_str());
}

// Returns the lists one after the other.
template <class... Lists> std::vector<Parameter> joined(std::vector<Parameter> first, const Lists&... others) {
  (first.insert(first.end(), others.begin(), others.end()), ...);
  return first;
}

void bind_net(nanobind::module_& m);
void bind_pose(nanobind::module_& m);

} // namespace pose::python
