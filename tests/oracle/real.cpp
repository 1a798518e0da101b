// Real weights on real pictures: the whole pipeline against the original's.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "tests/oracle/whole.h"
#include "tests/targets.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

using namespace pose;
using namespace pose::oracle;

namespace {

constexpr Tolerance kReal{0.05, 0.05, 1e-3};

// A model that this machine has, or nothing: `simplepose` comes converted (scripts/convert_onnx.py), yolov3-tiny by scripts/fetch_models.
std::optional<Model> find_model(const std::string& name, int inp_dim) {
  ModelOptions options;
  options.inp_dim = inp_dim;
  try {
    return load_model(name, options);
  } catch (const Error& e) {
    fmt::print("skipped: {}\n", e.what());
    return std::nullopt;
  }
}

} // namespace

TEST_CASE("real weights on real pictures find the same people") {
  int done = 0;
  for (const std::string& name : oracle::case_names("real")) {
    const Case c = oracle::load("real", name);
    std::string detector = c.info["detector"];
    detector.resize(detector.rfind('-')); // its last part is the input's side
    const BgrImage picture = read_image(oracle::picture(c.info["image"]).string());
    for (Target target : targets_with_kernels()) {
      if (target == Target::ref && c.info["inp_dim"].get<int>() > 416) continue;           // the small ones will do
      const std::optional<Model> detector_model = find_model(detector, c.info["inp_dim"]); // a plan uses its model up
      const std::optional<Model> pose_model = find_model("simplepose", 0);
      if (!detector_model || !pose_model) continue;
      fmt::print("{} on {}: {} boxes, {} people\n", name, name_of(target), c.info["n_boxes"].get<int>(), c.info["n_people"].get<int>());
      const apps::RunOptions run{target, available_threads()};
      Pool pool(run.threads);
      const auto boxes = detect(picture, *detector_model, {c.info["conf"].get<float>(), 0.6}, run, pool);
      check_boxes(c, boxes, kReal);
      REQUIRE(boxes.size() * 4 == c.f32("boxes").size());
      const std::vector<Candidate> candidates = estimate(picture, *pose_model, boxes, run, pool);
      const std::vector<Person> people = pose_nms(candidates);
      CHECK(people.size() == c.f32("proposal_score").size());
      if (check_joints(c, candidates, kReal)) check_people(c, people, kReal);
      done++;
    }
  }
  if (done == 0) {
    fmt::print("skipped: no model for any case\n");
    std::fflush(stdout);
    std::_Exit(77); // Meson's code for a skipped test
  }
}
