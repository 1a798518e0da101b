// Tests shards: every input is in one part, and bad text is refused.
// SPDX-License-Identifier: MIT
#include "results/shard.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::testing;

TEST_CASE("the parts have every input once") {
  for (const int count : {1, 2, 3, 7}) {
    for (std::int64_t input = 0; input < 50; ++input) {
      int parts = 0;
      for (int index = 0; index < count; ++index) parts += parse_shard(fmt::format("{}/{}", index, count)).has(input) ? 1 : 0;
      CHECK(parts == 1);
    }
  }
  CHECK(Shard{}.has(17));
  CHECK(parse_shard("2/5").has(12));
  CHECK(!parse_shard("2/5").has(13));
}

TEST_CASE("text that is not a part is refused") {
  for (const char* text : {"",
                           "/",
                           "1",
                           "1/",
                           "/2",
                           "2/2",
                           "3/2",
                           "-1/2",
                           "-0/2",
                           "0/0",
                           "0/-1",
                           "+0/2",
                           " 0/2",
                           "0/2 ",
                           "0 /2",
                           "0/2/3",
                           "a/b",
                           "0/1000001",
                           "0.5/2",
                           "99999999999999999999/2",
                           "0/99999999999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_shard(text), InputError);
    CHECK(error_of([&] { parse_shard(text); }) == std::string("shard: expected I/N with 0 <= I < N <= 1000000, as 0/4, found ") + text);
  }
}
