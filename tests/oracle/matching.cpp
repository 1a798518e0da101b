// Tests --matching against the original's: peaks in double, people in float32, both bit for bit.
// SPDX-License-Identifier: MIT
#include "postprocess/matching.h"
#include "tests/oracle/postprocess_cases.h"

#include <cstdio>

using namespace pose;
using oracle::Case, oracle::Stage;

namespace {

constexpr double kExact = 0;

// The inputs of a case: its own, or people [first, last) of scene_1, which the note names as a Python slice.
struct Inputs {
  Case c;
  std::size_t first = 0, last = 0;

  explicit Inputs(const Case& matching) : c(matching) {
    if (!c.has("hm")) c = oracle::load("scene", "scene_1");
    last = c.f32("scores").size();
    const std::string note = matching.info.at("note");
    const std::size_t slice = note.find("[slice(");
    if (slice == std::string::npos || matching.has("hm")) return;
    unsigned from = 0, to = 0;
    if (std::sscanf(note.c_str() + slice, "[slice(%u, %u", &from, &to) != 2) return; // slice(None, None, None)
    first = from;
    last = to;
  }

  std::vector<PeakCandidate> candidates() const {
    const std::vector<std::int64_t>& shape = c.shape("hm");
    Tensor heatmaps(Shape{int(shape[0]), int(shape[2]), int(shape[3]), int(shape[1])});
    from_nchw(c.f32("hm").data(), heatmaps.view());
    const std::vector<float> boxes = c.f32("boxes"), scores = c.f32("scores"), pt1 = c.f32("pt1"), pt2 = c.f32("pt2");
    std::vector<PeakCandidate> found;
    for (std::size_t i = first; i < last; ++i) {
      const CropBox crop{{pt1[2 * i], pt1[2 * i + 1]}, {pt2[2 * i], pt2[2 * i + 1]}};
      found.push_back(find_candidate(std::as_const(heatmaps).view(), int(i), oracle::box_at(boxes, i), scores[i], crop));
    }
    return found;
  }
};

// Returns rows of person, keypoint, x, y, score, as the cases store them.
std::vector<double> peaks_of(const std::vector<PeakCandidate>& people) {
  std::vector<double> rows;
  for (std::size_t p = 0; p < people.size(); ++p) {
    for (std::size_t k = 0; k < kJoints; ++k) {
      for (const ImagePeak& peak : people[p].peaks[k]) rows.insert(rows.end(), {double(p), double(k), peak.x, peak.y, double(peak.score)});
    }
  }
  return rows;
}

} // namespace

TEST_CASE("matching: peaks and people are the original's") {
  Stage stage("matching");
  for (const std::string& name : oracle::case_names("matching")) {
    const Case c = oracle::load("matching", name);
    const Inputs inputs(c);
    const std::vector<PeakCandidate> candidates = inputs.candidates();
    CHECK(peaks_of(candidates) == c.arrays.at("peaks").as<double>());

    const std::vector<Person> people = match_people(candidates);
    std::vector<float> points, scores, proposals, want;
    for (const Person& person : people) {
      for (const Point& joint : person.joints) points.insert(points.end(), {joint.x, joint.y});
      scores.insert(scores.end(), person.scores.begin(), person.scores.end());
      proposals.push_back(person.proposal_score);
    }
    for (double proposal : c.arrays.at("proposal").as<double>()) want.push_back(float(proposal));
    CHECK(people.size() == c.info.at("n_out").get<std::size_t>());
    stage.check(name + " keypoints", points, c.f32("keypoints"), kExact);
    stage.check(name + " kp_score", scores, c.f32("kp_score"), kExact);
    stage.check(name + " proposal", proposals, want, kExact);
  }
}
