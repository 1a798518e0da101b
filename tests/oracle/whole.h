// Running the two networks on a picture and checking each step against a recorded case.
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
  double peak_margin = 0; // joints whose two best heatmap pixels are closer may jump from one to the other: they are left out
};
constexpr double kScore = 2e-3; // heatmaps

// The detector of a case in real/.
std::string detector_of(const Case& c);
// A model that this machine has, or nothing, and a line that says so: `simplepose` comes converted (scripts/convert_onnx.py), yolov3-tiny by
// scripts/fetch_models.
std::optional<Model> find_model(const std::string& name, int inp_dim);
// Ends the program with Meson's code for a skipped test.
[[noreturn]] void skip(const std::string& why);

std::vector<PersonBox> detect(const BgrImage& picture, const Model& model, const SelectOptions& select, const RunOptions& run, Pool& pool);
std::vector<Candidate> estimate(const BgrImage& picture, const Model& model, std::span<const PersonBox> boxes, const RunOptions& run, Pool& pool);

struct Joints {
  std::vector<float> at, score; // (x, y) of one joint after the other
};
Joints joints_of(const std::vector<Candidate>& candidates);

// Each check is a doctest CHECK, and prints how far the values were apart.
void check(const std::string& what, const Difference& d);
void check_boxes(const Case& c, const std::vector<PersonBox>& got, const Tolerance& tolerance, double score = 1e-4);
// Returns whether all joints, those without a clear peak too, are where they should be.
bool check_joints(const Case& c, const std::vector<Candidate>& got, const Tolerance& tolerance);
void check_people(const Case& c, const std::vector<Person>& got, const Tolerance& tolerance);

} // namespace pose::oracle
