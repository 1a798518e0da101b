// main() of every unit test.
// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/run_tests.h"

int main(int argc, char** argv) {
  return pose::testing::run_tests(argc, argv);
}
