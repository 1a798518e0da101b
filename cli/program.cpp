// Implements program.h.
// SPDX-License-Identifier: MIT
#include "cli/program.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void on_signal(int) {
  g_interrupted = 1;
}

} // namespace

ExitCode exit_code_of(const std::exception& error) {
  if (dynamic_cast<const InputError*>(&error) != nullptr) return kUsage;
  if (dynamic_cast<const ModelError*>(&error) != nullptr) return kModel;
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return kDevice;
  if (dynamic_cast<const Interrupted*>(&error) != nullptr) return kInterrupted;
  return kSomeInputsFailed; // a file that is broken, or a result that could not be written
}

std::vector<std::string> names_in(const std::string& dir, const std::function<bool(const std::string&)>& wanted) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    if (wanted(name) && !it->is_directory()) names.push_back(name);
  }
  if (error) fail<InputError>("{}: expected a readable folder: {}", dir, error.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> with_repeated_names(const std::vector<std::string>& paths) {
  std::set<std::string> names;
  std::vector<std::string> repeated;
  for (const std::string& path : paths) {
    if (!names.insert(fs::path(path).filename()).second) repeated.push_back(path);
  }
  return repeated;
}

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return g_interrupted != 0;
}

} // namespace pose::apps
