// The options of bench/ops, and the measured peak and bandwidth of the machine.
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace pose::bench {

enum ExitCode { kDone = 0, kWrongResult = 1, kUsage = 2, kModel = 3, kDevice = 4 };

// Where a kernel's inputs, weights and output are at the start of a run: in the cache, or in memory only.
enum class Cache { hot, cold };
const char* name_of(Cache cache);

// A regular expression that is searched in a part of a name; empty: matches all.
class Filter {
public:
  // Throws Error that names `option` if the text is not a regular expression.
  Filter(const std::string& option, const std::string& text);
  bool wants(const std::string& name) const { return !regex_ || std::regex_search(name, *regex_); }

private:
  std::optional<std::regex> regex_;
};

struct Settings {
  int threads = 1;
  int batch = 1;
  bool reference = false; // also time the reference implementations
  bool list = false;      // only print names
  std::vector<Cache> caches = {Cache::hot, Cache::cold};
  std::vector<std::string> models; // networks whose shapes are measured; empty: the default ones
  std::string models_dir;
  std::string device = "cpu", precision; // precision: on a GPU; empty: all
  Filter net{"--net", ""}, layer{"--layer", ""}, op{"--op", ""}, kernel{"--kernel", ""};

  double peak = 0;      // GFLOP/s of one core
  double bandwidth = 0; // GB/s at which `threads` threads read from memory
};

// Removes our options from argv and leaves those of Google Benchmark.  Returns nothing if the program must end with exit_code:
// after --help, or after a wrong option, which it has reported.
std::optional<Settings> parse_options(int& argc, char** argv, int& exit_code);

} // namespace pose::bench
