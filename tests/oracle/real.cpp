// Tests the whole pipeline with real weights on real images against the original's results.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "tests/oracle/whole.h"
#include "tests/targets.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::oracle;

namespace {

constexpr Tolerance kReal{0.05, 0.05, 1e-3};

} // namespace

TEST_CASE("real weights on real images find the same people") {
  int done = 0;
  for (const std::string& name : oracle::case_names("real")) {
    const Case c = oracle::load("real", name);
    const std::string detector = detector_of(c);
    const BgrImage picture = read_image(oracle::picture(c.info["image"]).string());
    for (Target target : targets_with_kernels()) {
      if (target == Target::ref && c.info["inp_dim"].get<int>() > 416) continue;           // the small inputs suffice
      const std::optional<Model> detector_model = find_model(detector, c.info["inp_dim"]); // a plan consumes its model
      const std::optional<Model> pose_model = find_model("simplepose", 0);
      if (!detector_model || !pose_model) continue;
      fmt::print("{} on {}: {} boxes, {} people\n", name, name_of(target), c.info["n_boxes"].get<int>(), c.info["n_people"].get<int>());
      const RunOptions run{target, available_threads()};
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
  if (done == 0) skip("no model for any case");
}
