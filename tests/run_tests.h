// run_tests: doctest's main(), for the one source of an executable that implements doctest.
// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <cstdio>

namespace pose::testing {

inline bool found_cases = false;

struct CountCases : doctest::IReporter {
  explicit CountCases(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override { found_cases = true; }
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& stats) override { found_cases = stats.numTestCasesPassingFilters > 0; }
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("count", 1, CountCases);

// Runs the test cases that the command line selects.  Returns main()'s code: 1 also where a filter, as of a test in meson.build, matches no test
// case.
inline int run_tests(int argc, char** argv) {
  const int code = doctest::Context(argc, argv).run();
  if (code != 0 || found_cases) return code;
  std::fprintf(stderr, "%s: no test case matches the filters\n", argv[0]);
  return 1;
}

} // namespace pose::testing
