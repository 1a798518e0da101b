// main() of programs that measure registered kernels (ops/registered.h) together with those of the project.
// SPDX-License-Identifier: MIT
#include "bench/ops_run.h"

int main(int argc, char** argv) {
  return pose::bench::run_ops(argc, argv, {});
}
