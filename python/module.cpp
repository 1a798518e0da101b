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

Where::Where(const Arguments& arguments)
    : threads(arguments.get<int>("threads")), target(arguments.text("target")), precision(arguments.text("precision")),
      models(arguments.path("models")), bn(arguments.path("bn")), kernels(arguments.path("kernels")), weight_cache(arguments.path("weight_cache")) {
  const std::optional<std::string> text = arguments.text("device");
  if (!text) arguments.refuse("device");
  device = *text;
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

namespace {

const Parameters kSetDataDir("set_data_dir", {{"dir", "str | bytes | os.PathLike"}}, 1, "None");

void set_data_dir(const nb::args& args, const nb::kwargs& kwargs) {
  const Arguments arguments = kSetDataDir.read(args, kwargs);
  const std::optional<Path> dir = arguments.path("dir");
  if (!dir) arguments.refuse("dir");
  data_dir() = dir->string();
}

PyObject *error_type, *input_error, *data_error, *model_error, *device_error;

PyObject* exception_type(nb::module_& m, const char* name, const char* doc, PyObject* base) {
  const std::string full = nb::cast<std::string>(m.attr("__name__")) + "." + name;
  PyObject* type = PyErr_NewExceptionWithDoc(full.c_str(), doc, base, nullptr);
  m.attr(name) = nb::handle(type);
  return type;
}

// Sets an exception whose text may have file names that are not UTF-8, as Python itself decodes them.
void set_error(PyObject* type, const char* text) {
  const nb::object decoded = nb::steal(PyUnicode_DecodeFSDefault(text));
  if (decoded.is_valid()) PyErr_SetObject(type, decoded.ptr());
}

void translate(const std::exception_ptr& error, void*) {
  try {
    std::rethrow_exception(error);
  } catch (const InputError& e) {
    set_error(input_error, e.what());
  } catch (const DataError& e) {
    set_error(data_error, e.what());
  } catch (const ModelError& e) {
    set_error(model_error, e.what());
  } catch (const DeviceError& e) {
    set_error(device_error, e.what());
  } catch (const Error& e) {
    set_error(error_type, e.what());
  } catch (const std::bad_alloc&) {
    PyErr_SetString(PyExc_MemoryError, "not enough memory");
  }
}

void bind_errors(nb::module_& m) {
  error_type = exception_type(m, "Error", "Base of all errors; raised itself where none of the others fits.", PyExc_RuntimeError);
  input_error = exception_type(m, "InputError", "An argument that is out of range, or an array of the wrong kind.", error_type);
  data_error = exception_type(m, "DataError", "An image or clip that cannot be read or does not hold what it should.", error_type);
  model_error = exception_type(m, "ModelError", "A model that is not found, is broken, or is of another kind than needed.", error_type);
  device_error = exception_type(m, "DeviceError", "A device, precision or target that is not available; a GPU that failed.", error_type);
  nb::register_exception_translator(translate);
}

} // namespace
} // namespace pose::python

NB_MODULE(_core, m) {
  using namespace pose::python;
  m.doc() = "The C++ part of alphapose_cpp: 2D pose estimation, and networks layer by layer.";
  nb::set_leak_warnings(false); // a thread that sleeps at exit keeps its objects (gil.h)
  bind_errors(m);
  m.def("model_names", &pose::model_names, "Returns the model names that load() accepts.");
  m.def("set_data_dir", &set_data_dir, nb::sig(kSetDataDir.signature(false).c_str()),
        "Sets an additional folder with cfg/ and trained/, like nets/.");
  bind_net(m);
  bind_pose(m);
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&end_calls));
}
