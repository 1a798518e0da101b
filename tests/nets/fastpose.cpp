// Tests FastPose: the original's modules, tensors and sizes.
// SPDX-License-Identifier: MIT
#include "nets/fastpose.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::testing;

namespace {

// Section 6 of docs/spec.md in full: names and shapes of all tensors in the order of the state dict.
class StateDict {
public:
  StateDict() {
    tensor("preact.conv1.weight", {64, 3, 7, 7});
    norm("preact.bn1", 64);
    const int blocks[] = {3, 4, 23, 3};
    for (int stage = 0, in = 64; stage < 4; stage++) {
      for (int i = 0; i < blocks[stage]; i++) in = block(fmt::format("preact.layer{}.{}.", stage + 1, i), in, 64 << stage, i == 0);
    }
    tensor("duc1.conv.weight", {1024, 512, 3, 3});
    norm("duc1.bn", 1024);
    tensor("duc2.conv.weight", {512, 256, 3, 3});
    norm("duc2.bn", 512);
    tensor("conv_out.weight", {33, 128, 3, 3});
    tensor("conv_out.bias", {33});
  }

  std::vector<ParamSpec> specs;

private:
  void tensor(const std::string& name, std::vector<std::int64_t> shape) { specs.push_back({name, std::move(shape)}); }

  void norm(const std::string& name, int c) {
    for (const char* key : {".weight", ".bias", ".running_mean", ".running_var"}) tensor(name + key, {c});
  }

  int block(const std::string& name, int in, int planes, bool first) {
    const int out = 4 * planes;
    tensor(name + "conv1.weight", {planes, in, 1, 1});
    norm(name + "bn1", planes);
    tensor(name + "conv2.weight", {planes, planes, 3, 3});
    norm(name + "bn2", planes);
    tensor(name + "conv3.weight", {out, planes, 1, 1});
    norm(name + "bn3", out);
    if (first) {
      for (const char* layer : {"se.fc.0", "se.fc.2"}) {
        tensor(name + layer + ".weight", {out, out});
        tensor(name + layer + ".bias", {out});
      }
      tensor(name + "downsample.0.weight", {out, in, 1, 1});
      norm(name + "downsample.1", out);
    }
    return out;
  }
};

} // namespace

TEST_CASE("FastPose has the tensors of duc_se.pth, in its order") {
  const std::vector<ParamSpec> want = StateDict().specs, got = fastpose().params();
  REQUIRE(got.size() == 548);
  REQUIRE(want.size() == got.size());
  std::int64_t floats = 0;
  for (std::size_t i = 0; i < got.size(); i++) {
    CHECK(got[i].name == want[i].name);
    CHECK(got[i].shape == want[i].shape);
    floats += got[i].count();
  }
  CHECK(floats == 59696737);
}

TEST_CASE("modules compute the original's shapes") {
  const Graph g = fastpose();
  const auto shape = [&](const std::string& name) {
    CAPTURE(name);
    REQUIRE(g.find(name) >= 0);
    return g[g.find(name)].shape;
  };
  CHECK(shape("preact.conv1") == Shape{1, 160, 128, 64});
  CHECK(shape("preact.maxpool") == Shape{1, 80, 64, 64});
  CHECK(shape("preact.layer1.2") == Shape{1, 80, 64, 256});
  CHECK(shape("preact.layer2.0.bn1") == Shape{1, 80, 64, 128});
  CHECK(shape("preact.layer2.0.bn2") == Shape{1, 40, 32, 128}); // the stride belongs to conv2
  CHECK(shape("preact.layer2.0.downsample") == Shape{1, 40, 32, 512});
  CHECK(shape("preact.layer3.0.se.fc") == Shape{1, 1, 1, 1024});
  CHECK(shape("preact.layer3.22") == Shape{1, 20, 16, 1024});
  CHECK(shape("preact.layer4.2") == Shape{1, 10, 8, 2048});
  CHECK(shape("suffle1") == Shape{1, 20, 16, 512});
  CHECK(shape("duc1") == Shape{1, 40, 32, 256});
  CHECK(shape("duc2") == Shape{1, 80, 64, 128});
  CHECK(shape("conv_out") == Shape{1, 80, 64, 33});
  CHECK(g.outputs == std::vector<int>{g.find("conv_out")});
  CHECK(g.find("preact.layer1.1.se") == -1); // first blocks only
  CHECK(g.find("preact.layer3.23") == -1);

  REQUIRE(g.pose.has_value());
  CHECK(g.pose->mean == std::array<float, 3>{0.406f, 0.457f, 0.480f});
  CHECK(g.pose->std == std::array<float, 3>{1, 1, 1});
  CHECK(g.pose->joints == 17);
}

TEST_CASE("batch norms are followed by separate ReLU nodes, so that both values can be observed") {
  const Graph g = fastpose();
  int norms = 0;
  for (const Node& n : g.nodes()) {
    const BatchNorm* norm = std::get_if<BatchNorm>(&n.op);
    if (norm == nullptr) continue;
    norms++;
    CHECK(norm->act == kLinear);
    CHECK(norm->eps == 1e-5f);
  }
  CHECK(norms == 106);
}

TEST_CASE("other depths, widths and sizes give the expected graphs") {
  FastPoseOptions options;
  options.width = 4;
  options.input_h = 64;
  options.input_w = 96;
  options.heatmaps = 5;
  for (int depth : {50, 101, 152}) {
    options.depth = depth;
    const Graph g = fastpose(options);
    CHECK(g[g.outputs[0]].shape == Shape{1, 16, 24, 5});
    CHECK((g.find("preact.layer3.6") >= 0) == (depth != 50));
    CHECK((g.find("preact.layer2.7") >= 0) == (depth == 152));
    CHECK((g.find("preact.layer3.35") >= 0) == (depth == 152));
    CHECK(g.find("preact.layer3.5") >= 0);
  }
  const auto error = [](int FastPoseOptions::*field, int value) {
    FastPoseOptions bad;
    bad.*field = value;
    return error_of([&] { fastpose(bad); });
  };
  CHECK(contains(error(&FastPoseOptions::depth, 18), "depth: expected 50, 101 or 152, found 18"));
  CHECK(contains(error(&FastPoseOptions::width, 0), "width"));
  CHECK(contains(error(&FastPoseOptions::input_w, 100), "multiples of 32, found 320x100"));
  CHECK(contains(error(&FastPoseOptions::input_h, 0), "input: expected 32 to 65536, found 0"));
  CHECK(contains(error(&FastPoseOptions::input_h, -32), "input: expected 32 to"));
  CHECK(contains(error(&FastPoseOptions::last, 0), "last: expected 1 to"));
  CHECK(contains(error(&FastPoseOptions::heatmaps, 0), "heatmaps: expected 1 to"));
}

TEST_CASE("the forms of the branch master have the original's modules") {
  FastPoseOptions o;
  o.depth = 50;
  o.input_h = 256;
  o.input_w = 192;
  o.heatmaps = 136;
  o.last = 256;
  const Graph duc = fastpose(o);
  CHECK(duc[duc.find("duc2")].shape == Shape{1, 64, 48, 256});
  CHECK(duc[duc.find("duc2.conv")].params[0].shape == std::vector<std::int64_t>{1024, 256, 3, 3});
  CHECK(duc[duc.outputs[0]].shape == Shape{1, 64, 48, 136});

  o.head = PoseHead::stages;
  o.squeeze = false;
  o.unshuffle = true;
  const Graph stages = fastpose(o);
  CHECK(stages.find("preact.layer1.0.se") == -1);
  CHECK(stages[stages.find("preact.layer3.0.conv2.1")].params[0].shape == std::vector<std::int64_t>{256, 256, 6, 6});
  CHECK(stages[stages.find("preact.layer3.0.conv2")].shape == Shape{1, 16, 12, 256});
  CHECK(stages[stages.find("preact.layer3.1.conv2")].params[0].shape == std::vector<std::int64_t>{256, 256, 3, 3});
  CHECK(stages[stages.find("duc1.10")].params[0].shape == std::vector<std::int64_t>{1024, 512, 3, 3}); // the last of four
  CHECK(stages.find("duc1.13") == -1);
  CHECK(stages[stages.find("duc1.7")].params[0].shape == std::vector<std::int64_t>{512, 512, 3, 3});
  CHECK(stages[stages.find("duc3.1")].params[0].shape == std::vector<std::int64_t>{256, 128, 3, 3});
  CHECK(stages[stages.outputs[0]].shape == Shape{1, 64, 48, 136});

  o.head = PoseHead::deconv;
  const Graph deconv = fastpose(o);
  CHECK(deconv[deconv.find("deconv_layers.0")].params[0].shape == std::vector<std::int64_t>{2048, 256, 4, 4});
  CHECK(deconv[deconv.find("deconv_layers.8")].shape == Shape{1, 64, 48, 256});
  CHECK(deconv[deconv.find("final_layer")].params[0].shape == std::vector<std::int64_t>{136, 256, 1, 1});
}
