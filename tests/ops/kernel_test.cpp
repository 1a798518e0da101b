// main() of programs that test the kernels registered in them (ops/registered.h): the whole contract of ops/kernel.h, on all cases of their op.
// SPDX-License-Identifier: MIT
#include "ops/for_each_op.h"
#include "ops/registered.h"
#include "tests/ops/cases.h"

#include <cstdio>
#include <exception>

namespace {

using namespace pose;
using namespace pose::harness;

constexpr int kShown = 10; // faults of a kernel

struct Summary {
  int cases = 0, accepted = 0, faulty = 0;
};

// Prints the first fault of a case.
void show(const char* kernel, std::size_t index, const Data& data, const Shape& out, const Verdict& verdict) {
  std::string in;
  for (const Shape& s : data.in) in += to_text(s) + " ";
  fmt::print("{}, case {}, {}-> {}: {} ({} faults)\n", kernel, index, in, to_text(out), verdict.faults[0], verdict.faults.size());
}

template <class P> Summary test_kernel(const Kernel<P>& kernel) {
  Summary summary;
  const std::vector<Case<P>> cases = cases_of<P>();
  summary.cases = int(cases.size());
  for (std::size_t i = 0; i < cases.size(); i++) {
    const Verdict verdict = examine_case(kernel, cases[i], magnitude_of<P>(kernel, cases[i].op));
    summary.accepted += verdict.ran;
    if (verdict.faults.empty()) continue;
    if (summary.faulty++ < kShown) show(kernel.name, i, cases[i].data, out_of(cases[i]), verdict);
  }
  return summary;
}

// Tests all registered kernels of an op; returns whether all are right.
template <class P> bool test_kernels(int& tested) {
  bool right = true;
  for (const Kernel<P>* kernel : registered_kernels<P>()) {
    tested++;
    if (!available(kernel->target)) {
      fmt::print("{}/{}: not tested, this machine lacks its target\n", op_name<P>, kernel->name);
      right = false;
      continue;
    }
    const Summary s = test_kernel(*kernel);
    fmt::print("{}/{}: accepts {} of {} cases, {} of them wrong\n", op_name<P>, kernel->name, s.accepted, s.cases, s.faulty);
    right = right && s.faulty == 0 && s.accepted > 0;
  }
  return right;
}

} // namespace

int main() {
  try {
    int tested = 0;
    bool right = true;
    for_each_op([&]<class P>() { right = test_kernels<P>(tested) && right; });
    if (tested == 0) std::fputs("no kernel is registered (ops/registered.h)\n", stderr);
    return right && tested > 0 ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
