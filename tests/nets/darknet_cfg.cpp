// Tests Darknet cfg files as graphs: the project's nets, the effect of every key, and every reason to refuse a file.
// SPDX-License-Identifier: MIT
#include "nets/darknet_cfg.h"

#include "nets/zoo.h"
#include "tests/error_of.h"
#include "tests/nets/parsed_cfg.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <set>

using namespace pose;
using namespace pose::testing;

TEST_CASE("the project's nets have the authors' layers, file sizes and rows") {
  struct Known {
    const char* name;
    int layers;
    std::int64_t file_bytes; // of the authors' weights, including 20 of header
    int side, rows;          // of all heads; a classifier has one
  };
  for (const Known& k :
       {Known{"yolov3-spp", 114, 252209544, 608, 22743}, Known{"yolov3", 107, 248007048, 608, 22743}, Known{"yolov3-tiny", 24, 35434956, 416, 2535},
        Known{"yolov4", 162, 257717640, 608, 22743}, Known{"yolov4-tiny", 38, 24251276, 416, 2535}, Known{"yolo-fastest-xl", 131, 3693964, 320, 1500},
        Known{"darknet53", 78, 166582580, 256, 1}}) {
    CAPTURE(k.name);
    const Graph g = load_graph(k.name, {});
    CHECK(g.title == k.name);
    for (int i = 0; i < k.layers; i++) CHECK(g.find(fmt::format("yolo.{}", i)) >= 0);
    CHECK(g.find(fmt::format("yolo.{}", k.layers)) == -1);
    CHECK(20 + 4 * floats(darknet_file_order(g)) == k.file_bytes);
    CHECK(node(g, "input").shape == Shape{1, k.side, k.side, 3});
    int rows = 0;
    for (int id : g.outputs) rows += g[id].shape.w;
    CHECK(rows == k.rows);
  }
}

TEST_CASE("yolov3-spp matches the table of docs/spec.md") {
  const Graph g = load_graph("yolov3-spp", {});
  const auto shape = [&](int layer) { return node(g, fmt::format("yolo.{}", layer)).shape; };
  CHECK(shape(0) == Shape{1, 608, 608, 32});
  CHECK(shape(4) == Shape{1, 304, 304, 64});
  CHECK(shape(11) == Shape{1, 152, 152, 128});
  CHECK(shape(36) == Shape{1, 76, 76, 256});
  CHECK(shape(61) == Shape{1, 38, 38, 512});
  CHECK(shape(74) == Shape{1, 19, 19, 1024});
  CHECK(shape(77) == Shape{1, 19, 19, 512});
  CHECK(shape(83) == Shape{1, 19, 19, 2048});
  CHECK(shape(88) == Shape{1, 19, 19, 255});
  CHECK(shape(89) == Shape{1, 1, 1083, 85});
  CHECK(shape(93) == Shape{1, 38, 38, 768});
  CHECK(shape(101) == Shape{1, 1, 4332, 85});
  CHECK(shape(105) == Shape{1, 76, 76, 384});
  CHECK(shape(113) == Shape{1, 1, 17328, 85});
  for (int size : {5, 9, 13}) { // layers 78, 80, 82
    const MaxPool pool = op<MaxPool>(g, fmt::format("yolo.{}", 78 + (size - 5) / 2));
    CHECK(pool.kernel_h == size);
    CHECK(pool.outside == Outside::zero);
    CHECK(pool.pad_top == size / 2);
    CHECK(pool.pad_right == size / 2);
  }
  const auto id = [&](int layer) { return g.find(fmt::format("yolo.{}", layer)); };
  CHECK(node(g, "yolo.83").inputs == std::vector<int>{id(82), id(80), id(78), id(77)});
  CHECK(g.outputs == std::vector<int>{id(89), id(101), id(113)});
  const YoloHead head = op<YoloHead>(g, "yolo.89");
  CHECK(head.anchors == 3);
  CHECK(head.anchor_w[0] == 116);
  CHECK(head.anchor_h[2] == 326);
  CHECK(head.net_w == 608);

  int learnable = 0, statistics = 0;
  for (const ParamSpec& spec : g.params()) (spec.role == Role::mean || spec.role == Role::var ? statistics : learnable) += int(spec.count());
  CHECK(learnable == 62998749);
  CHECK(statistics == 53632);
}

TEST_CASE("inp_dim replaces the file's size") {
  ModelOptions options;
  options.inp_dim = 2048;
  const Graph g = load_graph("yolov3-spp", options);
  CHECK(node(g, "input").shape == Shape{1, 2048, 2048, 3});
  CHECK(node(g, "yolo.113").shape == Shape{1, 1, 256 * 256 * 3, 85});
  CHECK(op<YoloHead>(g, "yolo.113").net_h == 2048);
  for (int bad : {-1, 1 << 20}) {
    options.inp_dim = bad;
    CHECK(contains(error_of([&] { load_graph("yolov3-spp", options); }), "inp_dim: expected 1 to 65536"));
  }
  options.inp_dim = 100; // upsampled 13 gives 26, not 25
  CHECK(contains(error_of([&] { load_graph("yolov3-spp", options); }), "yolov3-spp.cfg:"));
}

TEST_CASE("a convolution becomes nodes with its parameters") {
  const Graph g = parse("[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=leaky\n"
                        "[convolutional]\nfilters=6\nsize=5\npadding=1\ngroups=2\nstride_x=2\nactivation=linear\n"
                        "[convolutional]\nbatch_normalize=1\nfilters=6\nactivation=linear\n"
                        "[convolutional]\nfilters=6\n");
  CHECK(node(g, "yolo.0.conv").shape == Shape{1, 12, 16, 8});
  CHECK(op<BatchNorm>(g, "yolo.0.bn").eps == 1e-5f);
  CHECK(op<Activation>(g, "yolo.0").act == Act{ActKind::leaky, 0.1f});
  CHECK(op<Conv2d>(g, "yolo.1").groups == 2);
  CHECK(node(g, "yolo.1").shape == Shape{1, 10, 7, 6}); // 12 + 2 - 5 + 1 high, (16 + 2 - 5) / 2 + 1 wide
  CHECK(op<BatchNorm>(g, "yolo.2").c == 6);
  CHECK(op<Activation>(g, "yolo.3").act.kind == ActKind::logistic); // Darknet's default
  CHECK(g.outputs == std::vector<int>{g.find("yolo.3")});

  CHECK(names(darknet_file_order(g)) == std::vector<std::string>{"yolo.0.beta", "yolo.0.gamma", "yolo.0.mean", "yolo.0.var", "yolo.0.weight",
                                                                 "yolo.1.bias", "yolo.1.weight", "yolo.2.beta", "yolo.2.gamma", "yolo.2.mean",
                                                                 "yolo.2.var", "yolo.2.weight", "yolo.3.bias", "yolo.3.weight"});
  CHECK(node(g, "yolo.1").params[0].shape == std::vector<std::int64_t>{6, 4, 5, 5});
}

TEST_CASE("max-pooling: Darknet pads at the end, AlphaPose's stride 1 with zeros on all sides") {
  const std::string pools = "[maxpool]\nsize=2\nstride=2\n[maxpool]\nsize=2\nstride=1\n[maxpool]\nsize=5\nstride=1\n[maxpool]\nsize=3\npadding=0\n"
                            "[maxpool]\nstride=2\n";
  const Graph d = parse(pools), a = parse(pools, {Flavor::alphapose, 0});
  CHECK(node(d, "yolo.0").shape == Shape{1, 12, 16, 4});
  CHECK(node(d, "yolo.1").shape == Shape{1, 12, 16, 4});
  CHECK(op<MaxPool>(d, "yolo.1").pad_top == 0);
  CHECK(op<MaxPool>(d, "yolo.1").pad_bottom == 1);
  CHECK(op<MaxPool>(d, "yolo.2").pad_left == 2);
  CHECK(op<MaxPool>(d, "yolo.2").outside == Outside::ignore);
  CHECK(node(d, "yolo.3").shape == Shape{1, 10, 14, 4});
  CHECK(op<MaxPool>(d, "yolo.4").kernel_h == 2); // the size defaults to the stride
  CHECK(op<MaxPool>(a, "yolo.0").outside == Outside::ignore);
  CHECK(op<MaxPool>(a, "yolo.0").pad_bottom == 1);
  CHECK(op<MaxPool>(a, "yolo.2").outside == Outside::zero);
  CHECK(op<MaxPool>(a, "yolo.2").pad_left == 2);
}

TEST_CASE("routes, shortcuts and layers that pass a value on become nodes or aliases") {
  const Graph g = parse("[convolutional]\nfilters=8\nactivation=linear\n" // 0
                        "[dropout]\nprobability=.2\n"                     // 1
                        "[route]\nlayers=-2\n"                            // 2
                        "[route]\nlayers=0\ngroups=4\ngroup_id=3\n"       // 3
                        "[route]\nlayers = -1, 0\ngroups=2\n"             // 4
                        "[convolutional]\nfilters=8\nactivation=linear\n" // 5
                        "[shortcut]\nfrom=-5,0\nactivation=relu\n"        // 6
                        "[avgpool]\n"                                     // 7
                        "[scale_channels]\nfrom=6\nactivation=swish\n"    // 8
                        "[upsample]\nstride=3\n"                          // 9
                        "[avgpool]\n[softmax]\ngroups=1\n");              // 10, 11
  const auto id = [&](const std::string& name) { return g.find(name); };
  CHECK(std::holds_alternative<Concat>(node(g, "yolo.1").op));
  CHECK(node(g, "yolo.2").inputs == std::vector<int>{id("yolo.0")});
  CHECK(op<Slice>(g, "yolo.3").begin == 6);
  CHECK(op<Slice>(g, "yolo.3").count == 2);
  CHECK(node(g, "yolo.4").inputs == std::vector<int>{id("yolo.4.0"), id("yolo.4.1")});
  CHECK(op<Slice>(g, "yolo.4.1").count == 4);
  CHECK(node(g, "yolo.4").shape.c == 5);
  CHECK(node(g, "yolo.6.0").inputs == std::vector<int>{id("yolo.5"), id("yolo.1")});
  CHECK(node(g, "yolo.6.1").inputs == std::vector<int>{id("yolo.6.0"), id("yolo.0")});
  CHECK(op<Activation>(g, "yolo.6").act.kind == ActKind::relu);
  CHECK(node(g, "yolo.8.scale").inputs == std::vector<int>{id("yolo.6"), id("yolo.7")});
  CHECK(node(g, "yolo.9").shape == Shape{1, 72, 96, 8});
  CHECK(node(g, "yolo.11").shape == Shape{1, 1, 1, 8});
}

TEST_CASE("keys for training are skipped, as in published files") {
  const Graph g = parse_darknet_cfg_text("[net]\n# Training\nbatch=64\nsubdivisions=16\nwidth=32\nheight=32\nchannels=3\nmomentum=0.9\n"
                                         "decay=0.0005\nangle=0\nsaturation = 1.5\nexposure = 1.5\nhue=.1\nlearning_rate=0.001\nburn_in=1000\n"
                                         "max_batches = 500200\npolicy=steps\nsteps=400000,450000\nscales=.1,.1\nmosaic=1\n"
                                         "[convolutional]\nsize=1\nstride=1\npad=1\nfilters=14\nactivation=linear\nstopbackward=1\n"
                                         "[yolo]\nmask = 1,2\nanchors = 10,13,  16.5,30,  33,23\nclasses=2\nnum=3\njitter=.3\nignore_thresh = .7\n"
                                         "truth_thresh = 1\nrandom=1\nscale_x_y = 1.05\niou_loss=ciou\nnms_kind=greedynms\nbeta_nms=0.6\n"
                                         "iou_normalizer=0.07\ncls_normalizer=1.0\nresize=1.5\nmax_delta=5\n",
                                         "dir/some.net.cfg", {});
  const YoloHead head = op<YoloHead>(g, "yolo.1");
  CHECK(head.anchors == 2);
  CHECK(head.anchor_w[0] == 16.5f);
  CHECK(head.anchor_h[1] == 23);
  CHECK(head.scale_x_y == 1.05f);
  CHECK(g.title == "some.net");
}

TEST_CASE("the published yolo-fastest cfg gives the same graph as ours") {
  const std::filesystem::path published = std::filesystem::path(POSE_PROJECT_DIR).parent_path() / "shared/weights/yolo-fastest-1.1-xl.cfg";
  if (!std::filesystem::exists(published)) {
    MESSAGE("skipped: no shared weights next to the project");
    return;
  }
  const Graph theirs = parse_darknet_cfg(published.string(), {}), ours = load_graph("yolo-fastest-xl", {});
  REQUIRE(theirs.size() == ours.size());
  for (int i = 0; i < ours.size(); i++) {
    CHECK(theirs[i].name == ours[i].name);
    CHECK(theirs[i].op.index() == ours[i].op.index());
    CHECK(theirs[i].inputs == ours[i].inputs);
    CHECK(theirs[i].shape == ours[i].shape);
  }
  CHECK(floats(theirs.params()) == floats(ours.params()));
}

TEST_CASE("bad layers are refused with file and line") {
  const std::string conv = "[convolutional]\nfilters=14\nactivation=linear\n"; // lines 5 to 7
  const std::string yolo = conv + "[yolo]\nnum=2\nclasses=2\n";                // lines 8 to 10
  struct Bad {
    std::string layers, place, message;
  };
  const Bad bads[] = {
      {"[shortcuts]\nfrom=-1\n", "5: [shortcuts] ", "unknown section"},
      {"[net]\n", "5: [net] ", "only once"},
      {conv + "stride=1\nxnor=1\n", "9: [convolutional] xnor: ", "binary networks"},
      {conv + "sway=1\n", "8: [convolutional] sway: ", "unknown key"},
      {"[convolutional]\nsize=3\n", "5: [convolutional] filters: ", "no such key"},
      {"[convolutional]\nfilters=0\n", "6: [convolutional] filters: ", "expected an integer from 1"},
      {"[convolutional]\nfilters=2147483648\n", "6: [convolutional] filters: ", "expected an integer"},
      {"[convolutional]\nfilters=-3\n", "6: ", "found \"-3\""},
      {conv + "stride=0\n", "8: [convolutional] stride: ", "found \"0\""},
      {conv + "groups=0\n", "8: [convolutional] groups: ", "found \"0\""},
      {conv + "groups=3\n", "5: [convolutional] ", "groups: expected"},
      {conv + "size=65537\n", "8: [convolutional] size: ", "expected an integer from 1 to 65536"},
      {conv + "size=99\n", "5: [convolutional] ", "kernel 99 is larger"},
      {conv + "size=60000\npadding=60000\n", "5: [convolutional] ", "yolo.0.weight: expected at most"},
      {conv + "pad=2\n", "8: [convolutional] pad: ", "expected an integer from 0 to 1"},
      {conv + "size=3\ndilation=2\n", "9: [convolutional] dilation: ", "expected an integer from 1 to 1"},
      {"[convolutional]\nfilters=1\nactivation=prelu\n", "7: [convolutional] activation: ", "expected linear, leaky"},
      {"[route]\nlayers=-1\n", "6: [route] layers: ", "expected one of the 0 layers before this one, found -1"},
      {conv + "[route]\nlayers=1\n", "9: [route] layers: ", "found 1"},
      {conv + "[route]\nlayers=2\n" + conv, "9: [route] layers: ", "found 2"},
      {conv + "[route]\nlayers=-2\n", "9: [route] layers: ", "found -2"},
      {conv + "[route]\n", "8: [route] layers: ", "no such key"},
      {conv + "[route]\nlayers=0,,\n", "9: [route] layers: ", "found \"\""},
      {conv + "[route]\nlayers=-99999999999\n", "9: [route] layers: ", "expected an integer"},
      {conv + "[route]\nlayers=0\ngroups=3\n", "10: [route] groups: ", "expected a divisor of the 14 channels, found 3"},
      {conv + "[route]\nlayers=0\ngroups=2\ngroup_id=2\n", "11: [route] group_id: ", "expected an integer from 0 to 1"},
      {conv + "[maxpool]\nstride=2\n[route]\nlayers=0,1\n", "10: [route] ", "node yolo.2"},
      {conv + "[shortcut]\nfrom=1\n", "9: [shortcut] from: ", "found 1"},
      {conv + "[shortcut]\nfrom=-5\n", "9: [shortcut] from: ", "found -5"},
      {conv + "[shortcut]\n", "8: [shortcut] from: ", "no such key"},
      {conv + "[upsample]\nstride=2\n[shortcut]\nfrom=0\n", "10: [shortcut] ", "node yolo.2"},
      {conv + "[scale_channels]\nfrom=0,0\n", "9: [scale_channels] from: ", "expected one layer, found 2"},
      {conv + "[scale_channels]\nfrom=0\n", "8: [scale_channels] ", "expected a 1x1 map as its input, found 24x32"},
      {conv + "[maxpool]\nsize=0\n", "9: [maxpool] size: ", "found \"0\""},
      {conv + "[maxpool]\nsize=99\npadding=0\n", "8: [maxpool] ", "kernel 99"},
      {conv + "[upsample]\nstride=0\n", "9: [upsample] stride: ", "found \"0\""},
      {conv + "[upsample]\nstride=60000\n", "8: [upsample] ", "node yolo.1"},
      {conv + "[upsample]\nscale=2\n", "9: [upsample] scale: ", "expected a number from 1 to 1"},
      {conv + "[softmax]\n", "8: [softmax] ", "expected a 1x1 map, found 24x32"},
      {conv + "[avgpool]\nsize=2\n", "9: [avgpool] size: ", "unknown key"},
      {yolo, "8: [yolo] anchors: ", "expected 4 numbers, found 0"},
      {yolo + "anchors=1,2,3\n", "11: [yolo] anchors: ", "expected 4 numbers, found 3"},
      {yolo + "anchors=1,2,3,0\n", "11: [yolo] anchors: ", "expected a number"},
      {yolo + "anchors=1,2,3,nan\n", "11: [yolo] anchors: ", "found \"nan\""},
      {yolo + "anchors=1,2,3,4\nmask=2\n", "12: [yolo] mask: ", "expected an integer from 0 to 1"},
      {yolo + "anchors=1,2,3,4\nmask=0\n", "8: [yolo] ", "expected anchors * (5 + classes) = 7"},
      {yolo + "anchors=1,2,3,4\nmask=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n", "12: [yolo] mask: ", "expected at most 16 anchors, found 17"},
      {yolo + "anchors=1,2,3,4\nnew_coords=2\n", "12: [yolo] new_coords: ", "from 0 to 1"},
      {yolo + "anchors=1,2,3,4\nmask=0,1\n[dropout]\n", "13: [dropout] ", "expected a map as its input, found the boxes of yolo.1"},
      {yolo + "anchors=1,2,3,4\nscale_x_y=0\n", "12: [yolo] scale_x_y: ", "expected a number"},
      {conv + "[yolo]\nnum=2000000000\nanchors=1,2\n", "9: [yolo] num: ", "expected an integer from 1 to 65536"},
  };
  for (const Bad& bad : bads) {
    CAPTURE(bad.layers);
    const std::string error = error_of([&] { parse(bad.layers); });
    CHECK_MESSAGE(error.rfind("x.cfg:" + bad.place, 0) == 0, error);
    CHECK_MESSAGE(contains(error, bad.message), error);
  }
}

TEST_CASE("bad [net] sections and files are refused") {
  const auto error = [](const std::string& text) { return error_of([&] { parse_darknet_cfg_text(text, "x.cfg", {}); }); };
  const std::string layer = "[avgpool]\n";
  CHECK(error("") == "x.cfg: expected [net], found no section");
  CHECK(error(layer) == "x.cfg:1: [avgpool] expected [net] as the first section");
  CHECK(error(kNet) == "x.cfg:1: [net] expected layers after it, found none");
  CHECK(contains(error("[net]\nheight=1\nchannels=1\n" + layer), "x.cfg:1: [net] width: "));
  CHECK(contains(error("[net]\nwidth=0\nheight=1\nchannels=1\n" + layer), "x.cfg:2: [net] width: "));
  CHECK(contains(error("[net]\nwidth=65536\nheight=65536\nchannels=65536\n" + layer), "x.cfg:1: [net] node input: "));
  CHECK(contains(error(kNet + "depth=3\n" + layer), "x.cfg:5: [net] depth: unknown key"));
  CHECK(contains(error_of([] { parse_darknet_cfg("/nonexistent/x.cfg", {}); }), "/nonexistent/x.cfg"));
}

TEST_CASE("a file may begin with a byte order mark or be UTF-16") {
  const TempDir dir;
  const std::string text = kNet + "[avgpool]\r\n";
  write_bytes(dir / "x.cfg", "\xef\xbb\xbf" + text);
  CHECK(parse_darknet_cfg(dir / "x.cfg", {}).size() == 2);
  std::string wide = "\xff\xfe";
  for (const char c : text) wide += {c, '\0'};
  write_bytes(dir / "x.cfg", wide);
  CHECK(parse_darknet_cfg(dir / "x.cfg", {}).size() == 2);
}

TEST_CASE("mutated files are refused or parsed, without other failures") {
  const std::string seed_text =
      "[net]\nwidth=64\nheight=64\nchannels=3\nbatch=1\n[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\nstride=2\npad=1\n"
      "activation=mish\n[maxpool]\nsize=2\nstride=1\n[route]\nlayers=-1,0\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n"
      "[convolutional]\nfilters=16\nsize=1\nactivation=linear\n[shortcut]\nfrom=-2\nactivation=leaky\n[upsample]\nstride=2\n"
      "[convolutional]\nfilters=14\nactivation=linear\n[yolo]\nmask=0,1\nanchors=10,13, 16,30\nclasses=2\nnum=2\n[route]\nlayers=-2\n"
      "[crop]\ncrop_width=8\ncrop_height=8\n[reorg3d]\nstride=2\n[reorg]\nstride=2\n[shortcut]\nfrom=-1,-1\n[sam]\nfrom=-1\n"
      "[convolutional]\nfilters=14\n[region]\nnum=2\nclasses=2\nsoftmax=1\nanchors=1,2,3,4\n[route]\nlayers=-2\n[connected]\noutput=11\n"
      "[detection]\nside=1\nnum=2\nclasses=1\ncoords=4\n[route]\nlayers=-2\n[softmax]\n[cost]\n";
  const std::string pieces[] = {"0",
                                "-1",
                                "9",
                                "65536",
                                "2147483647",
                                "-2147483649",
                                "1e309",
                                "[",
                                "]",
                                "=",
                                "\n",
                                ",",
                                "#",
                                "\r",
                                std::string(1, '\0'),
                                "\xff",
                                "[route]\nlayers=0\n",
                                "groups=3\n",
                                "layers=-1,-1,-1,-1\n",
                                "size=65535\n",
                                "stride=65536\n",
                                "nan"};
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return std::size_t(random()) % n; };
  REQUIRE_NOTHROW(parse_darknet_cfg_text(seed_text, "x.cfg", {}));
  int parsed = 0, refused = 0;
  std::set<std::string> messages;
  for (int round = 0; round < 20000; round++) {
    std::string text = seed_text;
    for (std::size_t edits = 1 + below(3); edits > 0; edits--) {
      const std::size_t at = below(text.size()), length = std::min(below(12), text.size() - at);
      switch (below(4)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
        case 2: text.replace(at, length, pieces[below(std::size(pieces))]); break;
        case 3: text.insert(below(text.size()), text.substr(at, 10 * length)); break;
      }
    }
    const std::string error = error_of([&] { parse_darknet_cfg_text(text, "x.cfg", {}); });
    (error.empty() ? parsed : refused)++;
    if (error.empty()) continue;
    CHECK_MESSAGE(error.rfind("x.cfg:", 0) == 0, error);
    CHECK(!contains(error, "\n"));
    messages.insert(error.substr(error.find(": ")));
  }
  CHECK(parsed > 100); // both outcomes occur, the second in many ways
  CHECK(refused > 1000);
  CHECK(messages.size() > 100);
}
