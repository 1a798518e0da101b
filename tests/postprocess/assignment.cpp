// Tests the Hungarian method against all permutations, and its edge cases.
// SPDX-License-Identifier: MIT
#include "postprocess/assignment.h"

#include "tests/postprocess/walkers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <numeric>

using namespace pose;

namespace {

using Costs = std::vector<double>;

double total(const Costs& cost, int columns, const std::vector<int>& column_of) {
  double sum = 0;
  for (std::size_t r = 0; r < column_of.size(); ++r) {
    if (column_of[r] >= 0) sum += cost[r * std::size_t(columns) + std::size_t(column_of[r])];
  }
  return sum;
}

// Returns the lowest cost over all ways to give each of the rows its own column; rows <= columns.
double lowest(const Costs& cost, int rows, int columns) {
  std::vector<int> order(static_cast<std::size_t>(columns));
  std::iota(order.begin(), order.end(), 0);
  double best = std::numeric_limits<double>::infinity();
  do {
    best = std::min(best, total(cost, columns, std::vector<int>(order.begin(), order.begin() + rows)));
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

Costs transposed(const Costs& cost, int rows, int columns) {
  Costs flipped;
  for (int c = 0; c < columns; ++c) {
    for (int r = 0; r < rows; ++r) flipped.push_back(cost[std::size_t(r * columns + c)]);
  }
  return flipped;
}

// Checks that no column is given twice, and that as many are given as possible.
void check_valid(const std::vector<int>& column_of, int rows, int columns) {
  REQUIRE(column_of.size() == std::size_t(rows));
  std::vector<int> given(std::size_t(columns), 0);
  int count = 0;
  for (int c : column_of) {
    REQUIRE(c < columns);
    if (c < 0) continue;
    ++count;
    CHECK(++given[std::size_t(c)] == 1);
  }
  CHECK(count == std::min(rows, columns));
}

} // namespace

TEST_CASE("the cheapest pair is not taken where that makes the rest expensive") {
  CHECK(assign(Costs{1, 2, 2, 9}, 2, 2) == std::vector<int>{1, 0});
  CHECK(assign(Costs{-4, -3, -3, 0}, 2, 2) == std::vector<int>{1, 0});
}

TEST_CASE("no order of columns is cheaper, with more, as many or fewer rows than columns") {
  testing::Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const int rows = 1 + int(random.uniform(0, 5)), columns = rows + int(random.uniform(0, 3));
    Costs cost;
    for (int i = 0; i < rows * columns; ++i) cost.push_back(trial % 2 == 0 ? random.uniform(-1, 1) : double(int(random.uniform(-3, 3)))); // ties
    const double best = lowest(cost, rows, columns);
    const std::vector<int> wide = assign(cost, rows, columns), tall = assign(transposed(cost, rows, columns), columns, rows);
    check_valid(wide, rows, columns);
    check_valid(tall, columns, rows);
    CHECK(total(cost, columns, wide) == doctest::Approx(best));
    CHECK(total(transposed(cost, rows, columns), rows, tall) == doctest::Approx(best));
  }
}

TEST_CASE("without rows or columns there is nothing to assign") {
  CHECK(assign({}, 0, 0).empty());
  CHECK(assign({}, 0, 3).empty());
  CHECK(assign({}, 2, 0) == std::vector<int>{-1, -1});
}

TEST_CASE("costs that are not finite are used only where nothing else is left") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(assign(Costs{nan, 100, -1, inf}, 2, 2) == std::vector<int>{1, 0});
  CHECK(assign(Costs{-inf, 5, 5, nan}, 2, 2) == std::vector<int>{1, 0});
  check_valid(assign(Costs(9, nan), 3, 3), 3, 3);
}

TEST_CASE("equal costs give the first columns") {
  CHECK(assign(Costs(12, 0), 3, 4) == std::vector<int>{0, 1, 2});
}
