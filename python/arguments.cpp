// Implements arguments.h.
// SPDX-License-Identifier: MIT
#include "python/arguments.h"

#include <nanobind/eval.h>

#include <algorithm>
#include <cstring>

namespace nb = nanobind;

namespace pose::python {
namespace {

[[noreturn]] void raise_type_error(const std::string& text) {
  throw nb::type_error(one_line(text).c_str());
}

// Returns str(value) or repr(value), and "" where it cannot be had.
std::string text_by(PyObject* (*function)(PyObject*), nb::handle value) {
  const nb::object text = nb::steal(function(value.ptr()));
  const char* utf8 = text.is_valid() ? PyUnicode_AsUTF8(text.ptr()) : nullptr;
  PyErr_Clear();
  return utf8 == nullptr ? "" : utf8;
}

} // namespace

std::string text_of(nb::handle value) {
  constexpr std::size_t kMost = 80;
  PyObject* const p = value.ptr();
  const bool plain = value.is_none() || PyLong_CheckExact(p) || PyFloat_CheckExact(p) || PyBool_Check(p) || PyUnicode_CheckExact(p);
  const std::string text = plain ? text_by(PyObject_ASCII, value) : "";
  if (!text.empty() && text.size() <= kMost) return text;
  const std::string type = Py_TYPE(p)->tp_name;
  if (type != "numpy.ndarray") return type;
  return type + " of " + text_by(PyObject_Str, nb::getattr(value, "dtype"));
}

std::optional<Path> Arguments::path(const char* name) const {
  const nb::object& value = at(name);
  if (value.is_none()) return std::nullopt;
  const bool has_path = PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr()) || nb::hasattr(value.type(), "__fspath__");
  if (!has_path) refuse(name);
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), &bytes) == 0) throw nb::python_error();
  const nb::object owner = nb::steal(bytes);
  return Path(std::string(PyBytes_AS_STRING(bytes), std::size_t(PyBytes_GET_SIZE(bytes))));
}

std::optional<std::string> Arguments::text(const char* name) const {
  const nb::object& value = at(name);
  if (value.is_none()) return std::nullopt;
  if (!PyUnicode_Check(value.ptr())) refuse(name);
  const nb::object bytes = nb::steal(PyUnicode_EncodeFSDefault(value.ptr()));
  if (!bytes.is_valid()) throw nb::python_error();
  return std::string(PyBytes_AS_STRING(bytes.ptr()), std::size_t(PyBytes_GET_SIZE(bytes.ptr())));
}

void Arguments::refuse(const char* name) const {
  const auto is = [&](const Parameter& p) { return std::strcmp(p.name, name) == 0; };
  const Parameter& parameter = *std::find_if(parameters_->begin(), parameters_->end(), is);
  const nb::object& value = at(name);
  const bool large = PyLong_CheckExact(value.ptr()) && std::strstr(parameter.type, "int") != nullptr;
  raise_type_error(fmt::format("{}: expected {}{}, found {}", name, parameter.type, large ? " of 32 bits" : "", text_of(value)));
}

std::string Parameters::signature(bool method) const {
  std::string text = method ? "self" : "";
  for (std::size_t i = 0; i < parameters_.size(); i++) {
    if (!text.empty()) text += ", ";
    if (i == positional_) text += "*, ";
    const Parameter& p = parameters_[i];
    text += fmt::format("{}: {}", p.name, p.type);
    if (p.value != nullptr) text += fmt::format(" = {}", p.value);
  }
  return fmt::format("def {}({}) -> {}", function_, text, result_);
}

void Parameters::set(Arguments& arguments, const std::string& name, nb::object value) const {
  const bool known = std::any_of(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return name == p.name; });
  if (!known) raise_type_error(fmt::format("{}(): unknown argument '{}'", function_, name));
  if (!arguments.values_.emplace(name, std::move(value)).second) raise_type_error(fmt::format("{}(): argument '{}' given twice", function_, name));
}

Arguments Parameters::read(const nb::args& args, const nb::kwargs& kwargs) const {
  Arguments result;
  result.parameters_ = &parameters_;
  if (args.size() > positional_)
    raise_type_error(fmt::format("{}(): expected at most {} arguments without a name, found {}", function_, positional_, args.size()));
  for (std::size_t i = 0; i < args.size(); i++) set(result, parameters_[i].name, args[i]);
  for (const auto& [name, value] : kwargs) set(result, text_by(PyObject_Str, name), nb::borrow(value));
  for (const Parameter& p : parameters_) {
    if (result.values_.count(p.name) != 0) continue;
    if (p.value == nullptr) raise_type_error(fmt::format("{}(): expected the argument '{}'", function_, p.name));
    result.values_.emplace(p.name, nb::eval(nb::str(p.value)));
  }
  return result;
}

} // namespace pose::python
