// Records times, and prints the table that compares registered kernels with the others.
// SPDX-License-Identifier: MIT
#include "bench/ops_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pose::bench {

Recorder::Recorder() : next_(benchmark::CreateDefaultDisplayReporter()) {}

bool Recorder::ReportContext(const Context& context) {
  return next_->ReportContext(context);
}

void Recorder::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
    const double ms = run.run_name.time_type.empty() ? run.GetAdjustedCPUTime() : run.GetAdjustedRealTime();
    times_[run.run_name.function_name].push_back(ms);
  }
  next_->ReportRuns(runs);
}

void Recorder::Finalize() {
  next_->Finalize();
}

std::map<std::string, double> Recorder::medians() const {
  std::map<std::string, double> all;
  for (auto [name, times] : times_) {
    std::sort(times.begin(), times.end());
    const std::size_t n = times.size();
    all[name] = n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
  }
  return all;
}

Name parse_name(const std::string& name) {
  const std::size_t first = name.find('/'), second = name.find('/', first + 1);
  if (first == name.npos || second == name.npos) return {name, "", ""};
  return {name.substr(0, first), name.substr(first + 1, second - first - 1), name.substr(second + 1)};
}

std::string beside_others(const std::map<std::string, double>& medians, const std::vector<std::string>& names) {
  struct Best {
    std::string kernel;
    double ms = INFINITY;
  };
  std::map<std::string, Best> best;
  const auto ours = [&](const Name& n) { return std::find(names.begin(), names.end(), n.kernel) != names.end(); };
  for (const auto& [name, ms] : medians) {
    const Name n = parse_name(name);
    Best& b = best[n.op + "/" + n.rest];
    if (!ours(n) && ms < b.ms) b = {n.kernel, ms};
  }
  std::string text;
  double logs = 0;
  int compared = 0;
  for (const auto& [name, ms] : medians) {
    const Name n = parse_name(name);
    const Best& b = best[n.op + "/" + n.rest];
    if (!ours(n) || !std::isfinite(b.ms)) continue;
    text += fmt::format("{:10.4f} ms  {:10.4f} ms {:<20} {:6.2f}  {} {}\n", ms, b.ms, b.kernel, ms / b.ms, n.kernel, n.rest);
    logs += std::log(ms / b.ms);
    compared++;
  }
  if (compared == 0) return "";
  const std::string head = fmt::format("{:>13}  {:>13} {:<20} {:>6}  shape\n", "registered", "best other", "", "ratio");
  return head + text +
         fmt::format("geometric mean of the ratios (below 1: faster than the others): {:.3f} over {} shapes\n", std::exp(logs / compared), compared);
}

} // namespace pose::bench
