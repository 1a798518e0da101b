// Running the two networks on a picture and checking each step against a recorded case.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/estimator.h"
#include "tensor/compare.h"
#include "tests/oracle/oracle.h"

namespace pose::oracle {

// DESIGN.md, section 5.
struct Tolerance {
  double box_pixels = 0, joint_pixels = 0;
  double peak_margin = 0; // joints whose two best heatmap pixels are closer may jump from one to the other: they are left out
};
constexpr double kScore = 2e-3; // heatmaps

std::vector<apps::PersonBox> detect(const BgrImage& picture, const Model& model, const SelectOptions& select, const apps::RunOptions& run,
                                    Pool& pool);
std::vector<Candidate> estimate(const BgrImage& picture, const Model& model, std::span<const apps::PersonBox> boxes, const apps::RunOptions& run,
                                Pool& pool);

// Each check is a doctest CHECK, and prints how far the values were apart.
void check(const std::string& what, const Difference& d);
void check_boxes(const Case& c, const std::vector<apps::PersonBox>& got, const Tolerance& tolerance);
// Returns whether all joints, those without a clear peak too, are where they should be.
bool check_joints(const Case& c, const std::vector<Candidate>& got, const Tolerance& tolerance);
void check_people(const Case& c, const std::vector<Person>& got, const Tolerance& tolerance);

} // namespace pose::oracle
