// Tests the sections of Darknet cfg files that few networks have: spellings, connected layers, shortcuts, heads, trees of classes.
// SPDX-License-Identifier: MIT
#include "nets/darknet_cfg.h"

#include "tests/error_of.h"
#include "tests/nets/parsed_cfg.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace pose;
using namespace pose::testing;

TEST_CASE("keys and sections have Darknet's other spellings") {
  const Graph g = parse("[conv]\nfilters=8\nstride=2\nstride=1\nactivation=relie\n" // a key given twice: the first counts
                        "[conn]\noutput=4\nactivation=revleaky\n[avg]\n[soft]\n[cost]\n");
  CHECK(op<Conv2d>(g, "yolo.0.conv").stride_h == 2);
  CHECK(op<Activation>(g, "yolo.0").act == Act{ActKind::leaky, 0.01f});
  CHECK(op<Activation>(g, "yolo.1").act == kLeaky);
  CHECK(g.find("yolo.4") == -1); // a loss has no node
  CHECK(g.outputs == std::vector<int>{g.find("yolo.3")});
}

TEST_CASE("connected layers cover the whole map, and their files have the weights before the norm's scales") {
  const Graph g = parse("[connected]\noutput=5\nbatch_normalize=1\n[connected]\noutput=7\nactivation=linear\n");
  CHECK(node(g, "yolo.0.connected").params[0].shape == std::vector<std::int64_t>{5, 4, 24, 32});
  CHECK(node(g, "yolo.1").shape == Shape{1, 1, 1, 7});
  CHECK(names(darknet_file_order(g)) ==
        std::vector<std::string>{"yolo.0.beta", "yolo.0.weight", "yolo.0.gamma", "yolo.0.mean", "yolo.0.var", "yolo.1.bias", "yolo.1.weight"});
}

TEST_CASE("shortcuts add the channels that both maps have") {
  const auto conv = [](int filters) { return fmt::format("[convolutional]\nfilters={}\nactivation=linear\n", filters); };
  const Graph g = parse(conv(8) + conv(5) + "[shortcut]\nfrom=-2\n" + conv(20) + "[shortcut]\nfrom=0,1\nactivation=leaky\n");
  CHECK(op<Slice>(g, "yolo.2.from").count == 5);
  CHECK(node(g, "yolo.2").shape.c == 5);
  CHECK(op<Slice>(g, "yolo.4.0.low").count == 8);
  CHECK(op<Slice>(g, "yolo.4.0.high").begin == 8);
  CHECK(op<Slice>(g, "yolo.4.1.high").begin == 5);
  CHECK(node(g, "yolo.4").shape.c == 20);
}

TEST_CASE("heads of all versions of YOLO are built") {
  const std::string conv = "[convolutional]\nfilters=14\nactivation=linear\n", anchors = "anchors=1,2,3,4, 5,6,\n"; // more than num
  const YoloHead scaled = op<YoloHead>(parse(conv + "[yolo]\nnum=2\nclasses=2\nnew_coords=1\nscale_x_y=2.0\n" + anchors), "yolo.1");
  CHECK(scaled.kind == HeadKind::new_coords);
  CHECK(scaled.anchor_h[1] == 4);
  const YoloHead gaussian = op<YoloHead>(parse(conv + "[Gaussian_yolo]\nnum=1\nclasses=5\n" + anchors), "yolo.1");
  CHECK(gaussian.kind == HeadKind::gaussian);
  const YoloHead region = op<YoloHead>(parse(conv + "[maxpool]\nstride=2\n[region]\nnum=2\nclasses=2\nsoftmax=1\n" + anchors), "yolo.2");
  CHECK(region.kind == HeadKind::region);
  CHECK(region.anchor_w[1] == 6); // cells of 2 x 2 pixels
  const YoloHead cells = op<YoloHead>(parse("[connected]\noutput=44\n[detection]\nside=2\nnum=2\nclasses=1\ncoords=4\nsqrt=1\n"), "yolo.1");
  CHECK(cells.kind == HeadKind::cells);
  CHECK(cells.squared);
  CHECK(parse(conv + "[yolo]\nnum=2\nclasses=2\nnms_kind=diounms\nbeta_nms=0.7\n" + anchors).diou_beta == 0.7f);
  CHECK(parse(conv + "[yolo]\nnum=2\nclasses=2\n" + anchors).diou_beta == 0);
}

TEST_CASE("a tree of classes is read from the folder of the cfg or the one above") {
  const TempDir dir;
  std::filesystem::create_directories(dir.path() / "cfg");
  std::filesystem::create_directories(dir.path() / "data");
  const std::string cfg =
      kNet + "[convolutional]\nfilters=8\nactivation=linear\n[region]\nnum=1\nclasses=3\nsoftmax=1\nanchors=1,2\ntree=data/a.tree\n";
  const auto parsed = [&] { return parse_darknet_cfg_text(cfg, (dir.path() / "cfg" / "x.cfg").string(), {}); };
  CHECK(contains(error_of(parsed), "x.cfg:13: [region] tree: expected the file a.tree"));
  write_bytes(dir / "data/a.tree", "animal -1\ncat 0\ndog 0\n");
  CHECK(parsed().class_parents == std::vector<int>{-1, 0, 0});
  write_bytes(dir / "data/a.tree", "animal -1\ncat 0\n");
  CHECK(contains(error_of(parsed), "expected 3 classes, found 2"));
  for (const char* bad : {"animal 0\n", "animal -2\n", "animal\n", "animal -1\ncat 1\n", "animal -1\ncat 99999999999\n"}) {
    write_bytes(dir / "data/a.tree", bad);
    CHECK(contains(error_of(parsed), "expected a name and the index of an earlier line, or -1"));
  }
}
