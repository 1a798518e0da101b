// needs_target avx2|avx512: runs that target's instructions without a check of the CPU.  Shows that an emulated CPU stops at them.
// SPDX-License-Identifier: MIT
#include "tests/ops/vec_functions.h"

#include <cstring>

int main(int argc, char** argv) {
  float x[pose::vec::kCount] = {}, y[pose::vec::kCount] = {};
  if (argc != 2) return 2;
  const bool wide = std::strcmp(argv[1], "avx512") == 0;
  (wide ? pose::vec::avx512_functions : pose::vec::avx2_functions).exp(x, y);
  return y[0] == 1 ? 0 : 1;
}
