// Tests sites: which layers count as the same site, and that a network's sites add up to it.
// SPDX-License-Identifier: MIT
#include "nets/sites.h"

#include "nets/zoo.h"

#include <doctest/doctest.h>

using namespace pose;

namespace {

std::vector<ParamSpec> weight(const std::string& name, const Conv2d& op) {
  return {{name + ".weight", {op.out_c, op.in_c / op.groups, op.kernel_h, op.kernel_w}, Role::weight}};
}

} // namespace

TEST_CASE("equal ops on equal shapes are one site") {
  const Conv2d op = conv2d(16, 16, 3, 1, 1);
  Conv2d other = op;
  other.act = kLeaky;
  Graph g;
  const int x = g.input("input", 8, 6, 16);
  const int a = g.add("a", op, {x}, weight("a", op));
  const int b = g.add("b", op, {a}, weight("b", op));
  const int c = g.add("c", other, {b}, weight("c", other));
  const int d = g.add("d", Upsample{2}, {c});
  const int e = g.add("e", op, {d}, weight("e", op));
  g.outputs = {g.add("f", op, {e}, weight("f", op))};

  const std::vector<Site<Conv2d>> sites = sites_of<Conv2d>(g);
  REQUIRE(sites.size() == 3);
  CHECK(sites[0].node == "a");
  CHECK(sites[0].count == 2);
  CHECK(sites[0].in == std::vector<Shape>{{1, 8, 6, 16}});
  CHECK(sites[0].params == std::vector<std::int64_t>{16 * 16 * 9});
  CHECK(sites[0].halo == 1);
  CHECK(sites[1].node == "c");
  CHECK(sites[1].count == 1);
  CHECK(sites[1].op.act == kLeaky);
  CHECK(sites[2].node == "e");
  CHECK(sites[2].count == 2);
  CHECK(sites[2].in[0] == Shape{1, 16, 12, 16});
  CHECK(sites_of<Upsample>(g).size() == 1);
  CHECK(sites_of<Softmax>(g).empty());
}

TEST_CASE("sites of several graphs are gathered under the first one's name") {
  std::vector<Site<Conv2d>> all;
  for (const char* name : {"first", "second"}) {
    Site<Conv2d> site;
    site.op = conv2d(3, 8, 3, 1, 1);
    site.in = {{1, 4, 4, 3}};
    site.node = name;
    site.count = 2;
    add_site(all, site);
    site.layout = Layout::compact;
    add_site(all, site);
  }
  REQUIRE(all.size() == 2);
  CHECK(all[0].node == "first");
  CHECK(all[0].count == 4);
  CHECK(all[1].layout == Layout::compact);
}

TEST_CASE("parameter lists are compared up to their used length") {
  YoloHead a;
  a.anchors = 1;
  a.anchor_w[0] = a.anchor_h[0] = 10;
  YoloHead b = a;
  b.anchor_w[1] = 20;
  CHECK(same_fields(a, b));
  b.anchors = 2;
  CHECK_FALSE(same_fields(a, b));
  b = a;
  b.anchor_h[0] = 11;
  CHECK_FALSE(same_fields(a, b));
}

TEST_CASE("a network's sites are all of its convolutions") {
  for (const char* net : {"yolo-fastest-xl", "yolov3-tiny", "fastpose"}) {
    CAPTURE(net);
    const Graph g = load_graph(net, {});
    std::int64_t total = 0, wanted = 0;
    for (const Site<Conv2d>& site : sites_of<Conv2d>(g)) {
      total += site.count * macs(site.op, site.in, infer(site.op, site.in));
      const Node& node = g[g.find(site.node)];
      CHECK(same_fields(std::get<Conv2d>(node.op), site.op));
      CHECK((site.layout == Layout::compact) == (node.inputs[0] == 0)); // maps inside a network are blocked, even of 8 channels
      CHECK(site.halo >= site.op.pad_top);
    }
    for (const Node& node : g.nodes()) {
      if (std::holds_alternative<Conv2d>(node.op)) wanted += macs_of(g, node);
    }
    CHECK(total == wanted);
  }
}
