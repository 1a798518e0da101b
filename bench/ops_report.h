// The output of bench/ops in addition to Google Benchmark's table.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"

#include <map>
#include <string>
#include <vector>

namespace pose::bench {

// Passes everything on to Google Benchmark's reporter and records the times.
class Recorder : public benchmark::BenchmarkReporter {
public:
  Recorder();
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  // Medians of the repetitions by the names of entries, in ms.
  std::map<std::string, double> medians() const;

private:
  std::unique_ptr<BenchmarkReporter> next_;
  std::map<std::string, std::vector<double>> times_;
};

// "op/kernel/rest".
struct Name {
  std::string op, kernel, rest;
};
Name parse_name(const std::string& name);

// Returns a table of every time of the kernels in `names`, each with the fastest other kernel on the same shape and cache; empty without any.
std::string beside_others(const std::map<std::string, double>& medians, const std::vector<std::string>& names);

} // namespace pose::bench
