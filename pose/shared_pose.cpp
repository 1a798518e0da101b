// Implements shared_pose.h with an engine.
// SPDX-License-Identifier: MIT
#include "pose/shared_pose.h"

#include <algorithm>

namespace pose {

std::vector<std::vector<Person>> SharedPose::people(std::vector<BgrImage> images) {
  std::vector<std::vector<Person>> people;
  const std::size_t batch = std::size_t(engine_.batch());
  for (std::size_t first = 0; first < images.size(); first += batch) {
    std::vector<Frame> frames(std::min(batch, images.size() - first));
    std::vector<Frame*> pointers;
    for (std::size_t i = 0; i < frames.size(); i++) {
      frames[i].image = std::move(images[first + i]);
      engine_.prepare(frames[i]);
      pointers.push_back(&frames[i]);
    }
    engine_.infer(pointers);
    for (Frame& frame : frames) {
      engine_.collect(frame);
      people.push_back(std::move(frame.people));
    }
  }
  return people;
}

std::vector<Person> SharedPose::people(BgrImage image) {
  std::vector<BgrImage> images;
  images.push_back(std::move(image));
  return std::move(people(std::move(images))[0]);
}

} // namespace pose
