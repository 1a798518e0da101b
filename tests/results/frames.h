// Results for tests: random people, frames of a clip, files of lines.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/jsonl.h"
#include "tests/temp_dir.h"

#include <bit>
#include <random>

namespace pose::testing {

// Returns any finite float: random bits.
inline float any_float(std::mt19937& random) {
  for (;;) {
    const auto value = std::bit_cast<float>(std::uint32_t(random()));
    if (std::isfinite(value)) return value;
  }
}

// Returns a person of random bits, without an id.
inline ResultPerson random_person(std::mt19937& random, const JointSetRef& set = coco_joints()) {
  ResultPerson p{of_set<Person>(set)};
  for (std::size_t k = 0; k < set->size(); ++k) {
    p.person.joints[k] = {any_float(random), any_float(random)};
    p.person.scores[k] = any_float(random);
  }
  p.person.proposal_score = any_float(random);
  p.person.box = {any_float(random), any_float(random), any_float(random), any_float(random)};
  p.person.box_score = any_float(random);
  return p;
}

// Returns frame `index` of a clip at 25 frames/s with `people` people.
inline FrameResult clip_frame(std::int64_t index, int people = 0, const std::string& key = "00010123456789ab") {
  std::mt19937 random{std::mt19937::result_type(index)};
  FrameResult frame;
  frame.source = "clip.mp4";
  frame.frame = index;
  frame.time = double(index) / 25;
  frame.width = 640;
  frame.height = 480;
  frame.key = key;
  for (int i = 0; i < people; ++i) frame.people.push_back(random_person(random));
  return frame;
}

inline FrameResult image(const std::string& source, int people = 0, const std::string& key = "00010123456789ab") {
  FrameResult frame = clip_frame(0, people, key);
  frame.source = source;
  frame.time.reset();
  return frame;
}

} // namespace pose::testing
