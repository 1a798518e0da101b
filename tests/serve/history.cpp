// Tests serve/history.h.
// SPDX-License-Identifier: MIT
#include "serve/history.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace pose::serve {
namespace {

TEST_CASE("people over time keep their maxima in bounded memory") {
  CountHistory history;
  CHECK(history.samples(10).empty());
  for (int i = 0; i < 5; i++) history.add(i);
  CHECK(history.samples(10) == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}});
  CHECK(history.samples(2) == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {3, 4}});

  CountHistory long_run;
  const std::int64_t frames = 1000000, peak = 765432;
  for (std::int64_t i = 0; i < frames; i++) long_run.add(i == peak ? 9 : i < frames / 2 ? 1 : 2);
  const auto all = long_run.samples(1000000);
  CHECK(all.size() <= CountHistory::kCapacity);
  CHECK(all.size() >= CountHistory::kCapacity / 2);
  CHECK(all.front() == std::pair<std::int64_t, std::int64_t>{0, 1});
  CHECK(std::is_sorted(all.begin(), all.end()));
  const auto few = long_run.samples(100);
  CHECK(few.size() <= 100);
  const auto top = std::max_element(few.begin(), few.end(), [](auto a, auto b) { return a.second < b.second; });
  CHECK(top->second == 9);
  CHECK(top->first <= peak);
  CHECK(top->first + frames / 50 > peak);
}

std::shared_ptr<const Record> record(std::int64_t number, std::size_t bytes) {
  return std::make_shared<const Record>(Record{number, "", std::string(bytes, 'x')});
}

TEST_CASE("recorded frames stay within their budget and span the run") {
  Records records(100000);
  for (int i = 1; i <= 5000; i++) {
    if (i % records.stride() == 0) records.add(record(i, 900));
    CHECK(records.bytes() <= 100000);
  }
  CHECK(records.stride() == 64);
  CHECK(records.all().size() > 40);
  CHECK(records.all().front()->number < 200);
  CHECK(records.all().back()->number > 4900);
}

TEST_CASE("a frame that exceeds the whole budget is not kept") {
  Records records(1000);
  records.add(record(1, 5000));
  CHECK(records.all().empty());
  CHECK(records.bytes() == 0);
  records.add(record(2, 100));
  CHECK(records.all().size() == 1);
}

} // namespace
} // namespace pose::serve
