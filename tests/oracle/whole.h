// Runs the two networks on an image and checks each step against a recorded case.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/zoo.h"
#include "pose/estimator.h"
#include "tensor/compare.h"
#include "tests/oracle/oracle.h"

#include <optional>

namespace pose::oracle {

// docs/spec.md, section 19.
struct Tolerance {
  double box_pixels = 0, joint_pixels = 0;
  double peak_margin = 0; // keypoints whose two best heatmap pixels are closer may be at either of them: they are ignored
};
constexpr double kScore = 2e-3; // heatmaps

// Returns the name of the detector of a case in real/.
std::string detector_of(const Case& c);
// Returns a model if this machine has it; else prints a line and returns none.  `simplepose` is converted by scripts/convert_onnx.py, yolov3-tiny is
// downloaded by scripts/fetch_models.
std::optional<Model> find_model(const std::string& name, int inp_dim);
// Ends the program with Meson's code for a skipped test.
[[noreturn]] void skip(const std::string& why);

std::vector<PersonBox> detect(const BgrImage& picture, const Model& model, const SelectOptions& select, const RunOptions& run, Pool& pool);
std::vector<Candidate> estimate(const BgrImage& picture, const Model& model, std::span<const PersonBox> boxes, const RunOptions& run, Pool& pool);

struct Joints {
  std::vector<float> at, score; // (x, y) of all keypoints in turn
};
Joints joints_of(const std::vector<Candidate>& candidates);

// Each check is a doctest CHECK and prints the largest difference.
void check(const std::string& what, const Difference& d);
void check_boxes(const Case& c, const std::vector<PersonBox>& got, const Tolerance& tolerance, double score = 1e-4);
// Returns whether all keypoints match, including those without a clear peak.
bool check_joints(const Case& c, const std::vector<Candidate>& got, const Tolerance& tolerance);
void check_people(const Case& c, const std::vector<Person>& got, const Tolerance& tolerance);

} // namespace pose::oracle
