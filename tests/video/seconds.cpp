// Tests times as people write them.
// SPDX-License-Identifier: MIT
#include "video/seconds.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

using pose::parse_seconds;

TEST_CASE("seconds, minutes and hours are read") {
  CHECK(parse_seconds("--start", "0") == 0);
  CHECK(parse_seconds("--start", "90.5") == 90.5);
  CHECK(parse_seconds("--start", "1:30") == 90);
  CHECK(parse_seconds("--start", "100:00.25") == 6000.25);
  CHECK(parse_seconds("--start", "1:02:03.5") == 3723.5);
}

TEST_CASE("other text is an error that names the option") {
  for (const char* text : {"", "x", "-1", "1:", ":1", "1:60", "1:2:3:4", "1e3", "nan", "inf", "1 ", "1:-2", "9999999999"}) {
    CHECK(pose::testing::error_of([&] { parse_seconds("--end", text); }) == std::string("--end: expected seconds or [H:]M:S, found ") + text);
  }
}
