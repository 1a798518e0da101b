// Small networks, images and engines for tests of engines.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/device_detector.h"
#include "pose/engine.h"
#include "tests/device/emulating.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>

using pose::device_test::Emulating;

namespace pose::testing {

inline int conv(Graph& g, const std::string& name, int x, int out_c, int stride, Act act) {
  Conv2d op = conv2d(g[x].shape.c, out_c, 3, stride, 1);
  op.bias = true;
  const ParamSpec weight{name + ".weight", {out_c, op.in_c, 3, 3}, Role::weight}, bias{name + ".bias", {out_c}, Role::bias};
  return g.add(name + ".act", Activation{act}, {g.add(name, op, {x}, {weight, bias})});
}

inline Model with_weights(Graph graph) {
  const WeightStore weights = random_weights(graph.params(), 5);
  return {std::move(graph), std::make_shared<const WeightStore>(weights)};
}

// 32 boxes of a 64 x 64 input.
inline Model detector() {
  Graph g;
  g.title = "detector";
  int x = conv(g, "a", g.input("input", 64, 64, 3), 8, 4, kLeaky);
  x = conv(g, "b", x, 12, 4, kLinear);
  YoloHead head;
  head.anchors = 2;
  head.classes = 1;
  head.anchor_w[0] = head.anchor_h[1] = 12;
  head.anchor_w[1] = head.anchor_h[0] = 30;
  head.net_w = head.net_h = 64;
  g.outputs = {g.add("head", head, {x})};
  return with_weights(std::move(g));
}

// Heatmaps of 8 x 6.
inline Model pose_net(const PoseInput& pose = {{0.4f, 0.5f, 0.45f}, {0.2f, 0.25f, 0.3f}, 17}, int heatmaps = kJoints) {
  Graph g;
  g.title = "pose";
  g.pose = pose;
  int x = conv(g, "a", g.input("input", 32, 24, 3), 8, 2, kRelu);
  x = conv(g, "b", x, heatmaps, 2, kLinear);
  g.outputs = {x};
  return with_weights(std::move(g));
}

inline BgrImage random_image(int h, int w, unsigned seed) {
  BgrImage image(h, w, 0);
  std::mt19937 random(seed);
  for (std::uint8_t& v : image.bytes) v = std::uint8_t(random());
  return image;
}

inline std::unique_ptr<Engine> engine_of(const EngineOptions& options, const RunOptions& run) {
  const Model detects = detector();
  return make_engine(&detects, pose_net(), options, run);
}

// Returns what an engine finds in three images, two of them in one batch.  known: their boxes, for an engine without a detector.
inline std::vector<Frame> run_engine(Engine& engine, const std::vector<Frame>& known = {}) {
  std::vector<Frame> frames(3);
  for (std::size_t i = 0; i < known.size(); i++) frames[i].boxes = known[i].boxes;
  frames[0].image = random_image(50, 70, 1);
  frames[1].image = random_image(31, 20, 2);
  frames[2].image = random_image(64, 64, 3);
  for (Frame& s : frames) engine.prepare(s);
  std::vector<Frame*> all{&frames[0], &frames[1], &frames[2]};
  engine.infer(std::span(all).first(2));
  engine.infer(std::span(all).last(1));
  for (Frame& s : frames) engine.collect(s);
  return frames;
}

inline RunOptions on_cpu() {
  RunOptions run;
  return run;
}
inline RunOptions on_device(Precision precision = Precision::fp32) {
  RunOptions run = on_cpu();
  run.gpu = std::make_shared<Gpu>(kEmulated);
  run.precision = precision;
  return run;
}

inline void check_people(const std::vector<Frame>& got, const std::vector<Frame>& want, double pixels, double score) {
  for (std::size_t i = 0; i < want.size(); i++) {
    REQUIRE(got[i].people.size() == want[i].people.size());
    for (std::size_t k = 0; k < want[i].people.size(); k++) {
      const Person &a = got[i].people[k], &b = want[i].people[k];
      CHECK(std::abs(a.proposal_score - b.proposal_score) <= score);
      for (std::size_t j = 0; j < kJoints; j++) {
        CHECK(std::abs(a.joints[j].x - b.joints[j].x) <= pixels);
        CHECK(std::abs(a.joints[j].y - b.joints[j].y) <= pixels);
        CHECK(std::abs(a.scores[j] - b.scores[j]) <= score);
      }
    }
  }
}

inline void check_near(const Box& a, const Box& b, double within) {
  CHECK(std::abs(a.x1 - b.x1) <= within);
  CHECK(std::abs(a.y1 - b.y1) <= within);
  CHECK(std::abs(a.x2 - b.x2) <= within);
  CHECK(std::abs(a.y2 - b.y2) <= within);
}

inline std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return fmt::format("{}: {}", typeid(e) == typeid(ModelError) ? "model" : typeid(e) == typeid(DeviceError) ? "device" : "other", e.what());
  }
  return "";
}

} // namespace pose::testing
