// The people of an image file: pose_image PHOTO [DETECTOR]
// SPDX-License-Identifier: MIT
#include <alphapose/pose.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: pose_image PHOTO [DETECTOR]\n"), 2;
  try {
    alphapose::Pose pose({.detector = argc > 2 ? argv[2] : ""});
    const alphapose::Image photo = alphapose::read_image(argv[1]);
    const std::vector<alphapose::Person> people = pose(photo);
    for (const alphapose::Person& p : people) {
      const alphapose::Keypoint& nose = p[alphapose::KeypointId::nose];
      std::printf("person %.2f: nose at %.1f, %.1f\n", p.score, nose.x, nose.y);
    }
    alphapose::write_image("people.png", alphapose::draw_people(photo, people));
    std::printf("%zu people (%s, %s on %s): people.png\n", people.size(), pose.detector().c_str(), pose.network().c_str(), pose.device().c_str());
  } catch (const alphapose::Error& e) {
    return std::fprintf(stderr, "pose_image: %s\n", e.what()), 1;
  }
}
