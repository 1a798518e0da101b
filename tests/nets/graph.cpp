// Tests that graphs refuse bad nodes with a message that names them.
// SPDX-License-Identifier: MIT
#include "nets/graph.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

#include <string>

using namespace pose;
using namespace pose::testing;

TEST_CASE("shapes are inferred as nodes are added") {
  Graph g;
  const int x = g.input("in", 17, 9, 3);
  const int y = g.add("c", conv2d(3, 8, 3, 2, 1), {x});
  CHECK(g[y].shape == Shape{1, 9, 5, 8});
  CHECK(g.find("c") == y);
  CHECK(g.find("d") == -1);
  CHECK(g.macs() == 9 * 5 * 8 * 27);
  CHECK(std::string(op_name_of(g[y].op)) == "conv2d");
}

TEST_CASE("bad nodes are refused by name") {
  Graph g;
  g.title = "net";
  const int x = g.input("in", 8, 8, 4);
  CHECK(contains(error_of([&] { g.add("in", Add{}, {x, x}); }), "net: node in"));
  CHECK(contains(error_of([&] { g.add("far", Add{}, {x, 7}); }), "node far: input 7"));
  CHECK(contains(error_of([&] { g.add("neg", Add{}, {x, -1}); }), "node neg: input -1"));
  CHECK(contains(error_of([&] { g.add("wide", conv2d(5, 8, 1, 1, 0), {x}); }), "node wide"));
  CHECK(contains(error_of([&] { g.add("lone", Add{}, {x}); }), "node lone"));
  CHECK(contains(error_of([&] { g.input("huge", 1 << 20, 1, 1); }), "node huge"));
  CHECK(contains(error_of([&] { g.add("none", Concat{}, {}); }), "node none"));
  CHECK(g.size() == 1);
}
