// Implements program.h.
// SPDX-License-Identifier: MIT
#include "cli/program.h"

#include <fmt/format.h>

#include "tensor/standard_output.h"

#include <algorithm>
#include <csignal>
#include <filesystem>

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
  const auto* const output = dynamic_cast<const StandardOutputError*>(&error);
  if (output != nullptr && output->reader_left()) return kReaderLeft;
  return kSomeInputsFailed; // a file that is broken, or a result that could not be written
}

FolderNames names_in(const std::string& dir, const std::function<bool(const std::string&)>& wanted) {
  std::error_code error, broken_link;
  FolderNames names;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    const bool is_folder = it->is_directory(broken_link), is_hidden = name.starts_with('.');
    if (!is_folder && wanted(name))
      names.wanted.push_back(name);
    else if (!is_hidden)
      is_folder ? names.folders++ : names.unwanted[it->path().extension()]++;
  }
  if (error) fail<InputError>("{}: expected a readable folder: {}", dir, error.message());
  std::sort(names.wanted.begin(), names.wanted.end());
  return names;
}

std::string counted(std::size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string FolderNames::left_out() const {
  constexpr std::size_t kShown = 5;
  std::size_t files = 0, shown = 0;
  std::string endings;
  for (const auto& [ending, count] : unwanted) {
    files += count;
    if (shown++ < kShown) endings += fmt::format("{}{} {}", endings.empty() ? "" : ", ", ending.empty() ? "without ending" : ending, count);
  }
  std::string text;
  if (files > 0) text = fmt::format("{} ({}{})", counted(files, "file"), endings, shown > kShown ? ", ..." : "");
  if (folders > 0) text += (text.empty() ? "" : " and ") + counted(folders, "folder");
  return text;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal; // without SA_RESTART: a wait for the other end of a pipe ends
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return g_interrupted != 0;
}

} // namespace pose::apps
