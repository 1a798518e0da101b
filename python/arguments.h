// Arguments of the module's functions: one table gives the signature, the defaults, and messages of one line for arguments that do not fit.
// SPDX-License-Identifier: MIT
//
// nanobind's own message for a wrong argument lists all signatures, on several lines, and does not say which argument is wrong.
#pragma once

#include "tensor/error.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pose::python {

using Path = std::filesystem::path;

struct Parameter {
  const char* name;
  const char* type;            // as the signature shows it
  const char* value = nullptr; // the default, as Python writes it; null: the argument is required
};

// Returns what an error message says of a value: a short one itself, of others the type.
std::string text_of(nanobind::handle value);

class Arguments {
public:
  // Throws TypeError that names the argument and what was found.
  template <class T> T get(const char* name) const {
    T value{};
    if (!nanobind::try_cast(at(name), value)) refuse(name);
    return value;
  }
  // Returns the path of a str, bytes or os.PathLike; none for None.  Throws what __fspath__ throws, and ValueError for a NUL character.
  std::optional<Path> path(const char* name) const;
  // Returns the text of a str, which may have any file name in it; none for None.
  std::optional<std::string> text(const char* name) const;

  const nanobind::object& at(const char* name) const { return values_.at(name); }
  [[noreturn]] void refuse(const char* name) const;

private:
  friend class Parameters;
  const std::vector<Parameter>* parameters_ = nullptr;
  std::map<std::string, nanobind::object> values_;
};

class Parameters {
public:
  // positional: how many of the parameters need no name.
  Parameters(std::string function, std::vector<Parameter> parameters, std::size_t positional, std::string result)
      : function_(std::move(function)), result_(std::move(result)), parameters_(std::move(parameters)), positional_(positional) {}

  // Returns "def function(...) -> result"; of a method, with self.
  std::string signature(bool method) const;
  // Throws TypeError for too many arguments, and for missing and unknown ones.
  Arguments read(const nanobind::args& args, const nanobind::kwargs& kwargs) const;

private:
  void set(Arguments& arguments, const std::string& name, nanobind::object value) const;

  std::string function_, result_;
  std::vector<Parameter> parameters_;
  std::size_t positional_;
};

} // namespace pose::python
