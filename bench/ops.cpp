// bench/ops: measures every kernel of every op's table on the networks' shapes, hot and cold; results are checked before they are timed.
// SPDX-License-Identifier: MIT
#include "bench/ops_device.h"
#include "bench/rival_kernels.h"

int main(int argc, char** argv) {
  return pose::bench::run_ops(argc, argv, {pose::bench::rivals_of_build, pose::bench::add_device});
}
