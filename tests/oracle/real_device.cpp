// Tests real weights on real images on the device, in every precision: the same boxes and people, keypoints at most half a pixel apart.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "pose/engine.h"
#include "tests/device/test_device.h"
#include "tests/oracle/whole.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;
using namespace pose::oracle;

namespace {

// The allowed distance from the recorded values, and of the heatmaps' maxima from the CPU's.  fp32 follows docs/spec.md, section 19.  The promise for
// shorter types is keypoints within half a pixel.
struct Bounds {
  double box_pixels, box_score, score, joint_pixels;
};
Bounds bounds_of(Precision p) {
  if (p == Precision::fp32) return {0.05, 1e-4, kScore, 0.05};
  return {1, 0.01, 5e-3, 0.5};
}

// Returns the keypoints that errors of `score` in a heatmap do not move.  Such an error could move a keypoint to another pixel.  It could also move
// it by half a pixel, through the sign of a difference of neighbors.
std::vector<bool> clear_peaks(const Case& c, double score) {
  const std::vector<float> hm = c.f32("hm");
  const auto& shape = c.shape("hm"); // [people, keypoints, h, w]
  const std::int64_t h = shape[2], w = shape[3];
  const std::vector<float> margins = c.f32("hm_top2_margin");
  std::vector<bool> clear;
  for (std::size_t i = 0; i < margins.size(); i++) {
    const float* map = hm.data() + std::int64_t(i) * h * w;
    const std::int64_t peak = std::max_element(map, map + h * w) - map, y = peak / w, x = peak % w;
    const bool moved = x > 0 && x < w - 1 && y > 0 && y < h - 1;
    const auto differ = [&](std::int64_t step) { return std::fabs(map[peak + step] - map[peak - step]) > score; };
    clear.push_back(margins[i] > score && (!moved || (differ(1) && differ(w))));
  }
  return clear;
}

bool near(std::span<const float> a, std::span<const float> b, std::size_t joint, double pixels) {
  return std::hypot(double(a[2 * joint]) - b[2 * joint], double(a[2 * joint + 1]) - b[2 * joint + 1]) <= pixels;
}

// on_cpu: the CPU's results for the boxes that the device found.  Where these differ from the recorded ones, too, the box moved the keypoint.
void check_joints(const Case& c, const std::vector<Candidate>& got, const std::vector<Candidate>& on_cpu, const Bounds& bounds) {
  const Joints device = joints_of(got), cpu = joints_of(on_cpu);
  const std::vector<float> want = c.f32("preds_img");
  REQUIRE(device.at.size() == want.size());
  check("maxima, compared with the CPU's", compare(device.score, cpu.score, bounds.score));
  const std::vector<bool> clear = clear_peaks(c, bounds.score);
  std::vector<float> steady, steady_want;
  std::size_t within = 0;
  for (std::size_t i = 0; i < clear.size(); i++) {
    within += near(device.at, want, i, bounds.joint_pixels);
    if (!clear[i] || !near(cpu.at, want, i, bounds.joint_pixels)) continue;
    steady.insert(steady.end(), {device.at[2 * i], device.at[2 * i + 1]});
    steady_want.insert(steady_want.end(), {want[2 * i], want[2 * i + 1]});
  }
  check("keypoints of clear peaks", compare(steady, steady_want, bounds.joint_pixels));
  fmt::print("  keypoints within {} px: {} of {}; of clear peaks: {}\n", bounds.joint_pixels, within, clear.size(), steady.size() / 2);
  CHECK(steady.size() >= clear.size() / 2); // otherwise the check above covers too little
}

// Checks one case.  Returns whether both models are found.
bool check_case(const Case& c, Precision precision) {
  const std::optional<Model> detector = find_model(detector_of(c), c.info["inp_dim"]), pose = find_model("simplepose", 0);
  if (!detector || !pose) return false;
  RunOptions run;
  run.gpu = std::shared_ptr<Gpu>(&device_test::gpu(), [](Gpu*) {}); // the Gpu outlives all tests
  run.precision = precision;
  fmt::print("{} on {} in {}: {} boxes, {} people\n", c.name, run.gpu->info().name, name_of(precision), c.info["n_boxes"].get<int>(),
             c.info["n_people"].get<int>());
  Frame frame;
  frame.image = read_image(oracle::picture(c.info["image"]).string());
  const auto engine = make_engine(&*detector, *pose, {.select = {c.info["conf"].get<float>(), 0.6}, .posebatch = 8}, run);
  engine->prepare(frame);
  Frame* const frames[] = {&frame};
  engine->infer(frames);
  engine->collect(frame);

  const Bounds bounds = bounds_of(precision);
  check_boxes(c, frame.boxes, {bounds.box_pixels, 0, 0}, bounds.box_score);
  REQUIRE(frame.boxes.size() * 4 == c.f32("boxes").size());
  const RunOptions on_cpu{best_target(), available_threads()};
  Pool pool(on_cpu.threads);
  check_joints(c, frame.candidates, estimate(frame.image, *find_model("simplepose", 0), frame.boxes, on_cpu, pool), bounds);
  CHECK(frame.people.size() == c.f32("proposal_score").size());
  return true;
}

} // namespace

TEST_CASE("real weights on real images find the same people on the device") {
  int done = 0;
  for (const std::string& name : oracle::case_names("real")) {
    const Case c = oracle::load("real", name);
    for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16}) {
      if (device_test::is_emulated() && (c.info["inp_dim"].get<int>() > 416 || !name.ends_with("_1"))) continue; // 15 seconds each
      done += check_case(c, precision);
    }
  }
  if (done == 0) skip("no model for any case");
}
