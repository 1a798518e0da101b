// Reports the verdicts of the harness as doctest checks.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

namespace pose::harness {

void report_skipped(const std::string& kernel) {
  MESSAGE("skipped, this machine lacks its target: ", kernel);
}

void report(const std::string& kernel, std::size_t index, const Data& data, const Shape& out, const Verdict& verdict) {
  const std::string where =
      fmt::format("kernel {}, case {}, {} -> {}", kernel, index, data.in.empty() ? "no input" : to_text(data.in[0]), to_text(out));
  CHECK_MESSAGE(verdict.faults.empty(), where, ": ", verdict.faults.empty() ? "" : verdict.faults[0], " (", verdict.faults.size(), " faults)");
}

void report_never_run(const std::string& kernel) {
  FAIL_CHECK("no case ran the kernel ", kernel);
}

} // namespace pose::harness
