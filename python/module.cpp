// The Python module alphapose_cpp._core: the error class and all bindings.
// SPDX-License-Identifier: MIT
#include "python/bindings.h"

#include "nets/zoo.h"

namespace nb = nanobind;

namespace pose::python {

std::string& data_dir() {
  static std::string dir;
  return dir;
}

RunSettings Where::run(Precision usual) const {
  constexpr int kMostThreads = 1024;
  expect_in("threads", threads, 0, kMostThreads);
  const auto text = [](const std::optional<Path>& path) { return path ? path->string() : ""; };
  return {threads, device, precision.value_or(""), target.value_or(""), text(weight_cache), text(kernels), usual};
}

ModelOptions Where::model() const {
  ModelOptions options;
  if (models) options.models_dir = models->string();
  if (bn) options.bn_path = bn->string();
  options.data_dir = data_dir();
  return options;
}

} // namespace pose::python

NB_MODULE(_core, m) {
  using namespace pose::python;
  m.doc() = "The C++ part of alphapose_cpp: 2D pose estimation, and networks layer by layer.";
  nb::exception<pose::Error>(m, "Error", PyExc_RuntimeError);
  m.def("model_names", &pose::model_names, "Returns the model names that load() accepts.");
  m.def(
      "set_data_dir", [](const Path& dir) { data_dir() = dir.string(); }, nb::arg("dir"),
      "Sets an additional folder with cfg/ and trained/, like nets/.");
  bind_net(m);
  bind_pose(m);
}
