// main() of programs that measure kernels registered in them (ops/registered.h) beside those of the project.
// SPDX-License-Identifier: MIT
#include "bench/ops_run.h"

int main(int argc, char** argv) {
  return pose::bench::run_ops(argc, argv, {});
}
