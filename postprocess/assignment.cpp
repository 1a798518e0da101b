// Implements assignment.h: one shortest augmenting path for each row.
// SPDX-License-Identifier: MIT
#include "postprocess/assignment.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace pose {

namespace {

constexpr int kNone = -1;

// A matrix with rows <= columns, and the pairs and prices found so far.
class Solver {
public:
  Solver(std::vector<double> cost, int rows, int columns)
      : cost_(std::move(cost)), columns_(std::size_t(columns)), row_price_(std::size_t(rows)), column_price_(columns_), row_of_(columns_, kNone) {}

  // Returns the row of each column.
  std::vector<int> solve() {
    for (std::size_t row = 0; row < row_price_.size(); ++row) add(int(row));
    return row_of_;
  }

private:
  // Finds the cheapest way to give `start` a column: a path of columns, each taken from the row that holds it, up to a free one.
  void add(int start) {
    std::vector<double> distance(columns_, std::numeric_limits<double>::infinity());
    std::vector<int> from(columns_, kNone);
    std::vector<std::size_t> reached; // columns in the order of their distance
    std::vector<char> done(columns_, 0);
    int row = start;
    double walked = 0;
    do {
      const std::size_t next = relax(row, walked, distance, from, done);
      walked = distance[next];
      done[next] = 1;
      reached.push_back(next);
      row = row_of_[next];
    } while (row != kNone);
    row_price_[std::size_t(start)] += walked;
    for (std::size_t column : reached) {
      if (row_of_[column] == kNone) continue;
      column_price_[column] -= walked - distance[column];
      row_price_[std::size_t(row_of_[column])] += walked - distance[column];
    }
    move_along(start, reached.back(), from);
  }

  // Updates the distances with the edges of `row`.  Returns the nearest column that is not done, the first on ties.
  std::size_t relax(int row, double walked, std::vector<double>& distance, std::vector<int>& from, const std::vector<char>& done) const {
    const double* costs = cost_.data() + std::size_t(row) * columns_;
    std::size_t next = columns_;
    for (std::size_t column = 0; column < columns_; ++column) {
      if (done[column] != 0) continue;
      const double d = walked + costs[column] - row_price_[std::size_t(row)] - column_price_[column];
      if (d < distance[column]) {
        distance[column] = d;
        from[column] = row;
      }
      if (next == columns_ || distance[column] < distance[next]) next = column;
    }
    assert(next < columns_);
    return next;
  }

  // Gives every row on the path to `column` the column that the path enters next.
  void move_along(int start, std::size_t column, const std::vector<int>& from) {
    for (;;) {
      const int row = from[column];
      row_of_[column] = row;
      if (row == start) return;
      std::size_t previous = 0; // the column that `row` gives up
      while (previous == column || row_of_[previous] != row) ++previous;
      column = previous;
    }
  }

  std::vector<double> cost_;
  std::size_t columns_;
  std::vector<double> row_price_, column_price_;
  std::vector<int> row_of_;
};

// Replaces costs that are not finite by one above any sum of the others.
void bound_costs(std::vector<double>& cost, int rows) {
  double largest = 0;
  for (double c : cost) largest = std::isfinite(c) ? std::max(largest, std::fabs(c)) : largest;
  for (double& c : cost) c = std::isfinite(c) ? c : (largest + 1) * 2 * (rows + 1);
}

} // namespace

std::vector<int> assign(std::span<const double> cost, int rows, int columns) {
  assert(cost.size() == std::size_t(rows) * std::size_t(columns));
  std::vector<int> column_of(std::size_t(rows), kNone);
  if (rows == 0 || columns == 0) return column_of;
  const bool flip = rows > columns;
  std::vector<double> wide(cost.begin(), cost.end());
  if (flip) {
    for (std::size_t r = 0; r < std::size_t(rows); ++r) {
      for (std::size_t c = 0; c < std::size_t(columns); ++c) wide[c * std::size_t(rows) + r] = cost[r * std::size_t(columns) + c];
    }
  }
  bound_costs(wide, std::min(rows, columns));
  const std::vector<int> row_of = Solver(std::move(wide), std::min(rows, columns), std::max(rows, columns)).solve();
  if (flip) return row_of; // the columns of the flipped matrix are our rows
  for (std::size_t c = 0; c < row_of.size(); ++c) {
    if (row_of[c] != kNone) column_of[std::size_t(row_of[c])] = int(c);
  }
  return column_of;
}

} // namespace pose
