// Tests names of targets, and the limit by an environment variable.
// SPDX-License-Identifier: MIT
#include "tensor/target.h"
#include "tensor/error.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace pose;

TEST_CASE("targets have names") {
  CHECK(parse_target("avx2") == Target::avx2);
  CHECK(std::string(name_of(Target::avx512)) == "avx512");
  CHECK_THROWS_AS(parse_target("sse9"), Error);
}

TEST_CASE("$POSE_TARGET lowers the best target and never raises it") {
  const Target best = best_target();
  setenv("POSE_TARGET", "ref", 1);
  CHECK(best_target() == Target::ref);
  CHECK_NOTHROW(require_target(Target::ref));
  CHECK_THROWS_AS(require_target(Target::avx2), Error);
  setenv("POSE_TARGET", "avx512", 1);
  CHECK(best_target() == best);
  unsetenv("POSE_TARGET");
}

TEST_CASE("a message is one line for any names in it") {
  try {
    fail("{}: unreadable", std::string("a\nb\0c\x7f", 6));
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "a?b?c?: unreadable");
  }
}
