// Implements run_files.h.
// SPDX-License-Identifier: MIT
#include "cli/run_files.h"

#include "tensor/descriptor.h"
#include "tensor/error.h"
#include "tensor/place.h"
#include "tensor/standard_output.h"
#include "tensor/temporary_file.h"
#include "tensor/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

std::string text_of(const struct stat& info) {
  return fmt::format("{}:{}", info.st_dev, info.st_ino);
}

bool is_null_device(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

// Returns the id of a file that exists and is neither a folder nor /dev/null.
std::optional<std::string> id_if_file(const std::string& path) {
  struct stat info {};
  const int result = path == "-" ? ::fstat(STDIN_FILENO, &info) : ::stat(path.c_str(), &info);
  if (result != 0 || S_ISDIR(info.st_mode) || is_null_device(info)) return std::nullopt;
  if (path == "-" && !S_ISREG(info.st_mode)) return std::nullopt; // a terminal is both standard input and output
  return text_of(info);
}

// Returns whether the folder finds a file also by its name in other case.
bool ignores_case(const Descriptor& folder, const std::string& name) {
  struct stat info {
  }, other{};
  std::string upper = name;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  return ::fstatat(folder.number(), name.c_str(), &info, 0) == 0 && ::fstatat(folder.number(), upper.c_str(), &other, 0) == 0 &&
         info.st_ino == other.st_ino && info.st_dev == other.st_dev;
}

} // namespace

std::string file_name_of(const std::string& path) {
  const std::string name = fs::path(path).filename();
  return name == "." || name == ".." ? "" : name;
}

std::string RunFiles::Output::name() const {
  return path == "-" ? what : fmt::format("{} {}", what, path);
}

// Describes a folder, and tries to write to it.
const RunFiles::Folder& RunFiles::folder_of(const std::string& path, bool is_new) {
  const auto [known, first] = folders_.try_emplace(path);
  Folder& found = known->second;
  if (!first) return found;
  std::error_code none;
  fs::path there = fs::absolute(path, none), rest;
  while (is_new && there.has_relative_path() && !fs::exists(there, none)) {
    rest = there.filename() / rest;
    there = there.parent_path();
  }
  const Descriptor folder(::open(there.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat info {};
  if (!folder.is_open() || ::fstat(folder.number(), &info) != 0) {
    found.error = errno;
    return found;
  }
  const TemporaryFile probe = TemporaryFile::named(folder.number(), "alphapose");
  found.error = probe.is_open() ? 0 : errno;
  found.ignores_case = probe.is_open() && pose::apps::ignores_case(folder, probe.name());
  found.id = fmt::format("{}/{}", text_of(info), (rest / "").lexically_normal().string());
  if (found.ignores_case) found.id = lower_case(found.id);
  return found;
}

void RunFiles::fail_unwritable(const Output& output, int error) {
  const std::string reason = std::generic_category().message(error);
  if (output.new_folder) fail<InputError>("{}: expected a folder that can be written: {}", fs::path(output.path).parent_path().string(), reason);
  fail<DataError>("{}: expected a file that can be written: {}", output.name(), reason);
}

// Returns what tells the file of an output from all others.  "": any number of outputs may go there.
std::string RunFiles::id_of(const Output& output) {
  struct stat info {};
  const bool standard = output.path == "-";
  const OutputPlace place = standard ? OutputPlace{"", "", STDOUT_FILENO} : with_errors_as<InputError>([&] { return place_of(output.path); });
  if (place.descriptor >= 0) {
    if (standard) expect_standard_output();
    if (::fstat(place.descriptor, &info) != 0) fail_unwritable(output, errno);
    any_exists_ = true;
    return is_null_device(info) ? "" : text_of(info);
  }
  const std::string path = place.path();
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) fail_unwritable(output, EISDIR);
  if (exists && is_null_device(info)) return "";
  if (place.name.size() > kLongestName) fail_unwritable(output, ENAMETOOLONG);
  if (!exists || S_ISREG(info.st_mode)) {
    const Folder& folder = folder_of(place.folder, output.new_folder);
    const bool in_place = exists && ::access(path.c_str(), W_OK) == 0; // tensor/file.h
    if (folder.error != 0 && !in_place) fail_unwritable(output, folder.error);
    if (!exists) return folder.id + (folder.ignores_case ? lower_case(place.name) : place.name);
  }
  any_exists_ = true;
  return text_of(info);
}

void RunFiles::check() {
  for (const Output& output : outputs_) {
    if (output.path.empty()) continue;
    const std::string id = id_of(output);
    if (id.empty()) continue;
    const auto [other, is_new] = written_.emplace(id, &output);
    if (!is_new) fail<InputError>("{}: expected another file than that of {}, found one file for both", output.name(), other->second->name());
  }
  for (const Output& folder : output_folders_) {
    std::error_code error;
    for (fs::directory_iterator it(folder.path, error), end; !error && it != end; it.increment(error)) {
      const std::optional<std::string> id = id_if_file(it->path().string());
      any_exists_ = any_exists_ || id;
      if (id) written_.emplace(*id, &folder);
    }
    const bool is_new = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory; // the latter is found when it is made
    if (error && !is_new) fail<InputError>("{}: expected a folder that can be read, since inputs may be in it: {}", folder.name(), error.message());
  }
  expect_not_written(inputs_);
}

void RunFiles::expect_not_written(const std::vector<std::string>& inputs) const {
  if (written_.empty() || !any_exists_) return; // no input has to be looked at
  for (const std::string& input : inputs) {
    const std::optional<std::string> id = id_if_file(input);
    const auto output = id ? written_.find(*id) : written_.end();
    if (output == written_.end()) continue;
    fail<InputError>("{}: expected another file than the input {}", output->second->name(), input);
  }
}

} // namespace pose::apps
