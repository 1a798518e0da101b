// Assignment of rows to columns at the lowest total cost (the Hungarian method), for the tracker and for --matching.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

namespace pose {

// Returns the column of each row, or -1 for a row without one.  min(rows, columns) pairs are formed, so that the sum of their costs is the lowest.
// cost[r * columns + c] is the cost of row r with column c.  A cost that is not finite is used only where no other choice is left.
// Equal inputs give equal results.  Shortest augmenting paths (Kuhn 1955; Jonker and Volgenant 1987), O(rows^2 * columns) for rows <= columns.
std::vector<int> assign(std::span<const double> cost, int rows, int columns);

} // namespace pose
