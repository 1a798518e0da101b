// The options of bench/ops, and what was measured of the machine before anything else.
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace pose::bench {

// Where a kernel's inputs, weights and output lie when it starts: in the cache, or in memory only.
enum class Cache { hot, cold };
const char* name_of(Cache cache);

// A part of a name that must be found by a regular expression; empty: all are wanted.
class Filter {
public:
  // Throws Error naming `option` for what is no regular expression.
  Filter(const std::string& option, const std::string& text);
  bool wants(const std::string& name) const { return !regex_ || std::regex_search(name, *regex_); }

private:
  std::optional<std::regex> regex_;
};

struct Settings {
  int threads = 1;
  int batch = 1;
  bool reference = false; // the definitions are timed, too
  bool list = false;      // names only
  std::vector<Cache> caches = {Cache::hot, Cache::cold};
  std::vector<std::string> models; // whose shapes are measured; empty: the usual ones
  std::string models_dir;
  std::string device = "cpu", precision; // precision: of a GPU; empty: all
  Filter net{"--net", ""}, layer{"--layer", ""}, op{"--op", ""}, kernel{"--kernel", ""};

  double peak = 0;      // GFLOP/s of one core
  double bandwidth = 0; // GB/s that `threads` threads read from memory
};

// Takes our options out of argv and leaves the others, which are Google Benchmark's, in it.  Returns nothing when the program is to end with
// exit_code: after --help, or for a wrong option, which it has reported.
std::optional<Settings> parse_options(int& argc, char** argv, int& exit_code);

} // namespace pose::bench
