// Tests SceneCut: cuts are found, and noise, motion and fades are none.
// SPDX-License-Identifier: MIT
#include "stream/scene_cut.h"

#include <doctest/doctest.h>

#include <random>

using namespace pose;

namespace {

BgrImage scene(unsigned seed, int shift, int noise) {
  std::mt19937 random(seed);
  BgrImage image(90, 160);
  std::vector<int> columns(160);
  for (int& v : columns) v = int(random() % 200) + 20;
  for (int y = 0; y < image.h; y++) {
    for (int x = 0; x < image.w * 3; x++) {
      const int column = (x / 3 + shift) / 16 % 160;
      image.row(y)[x] = std::uint8_t(columns[std::size_t(column)] + (noise > 0 ? int(random() % unsigned(noise)) : 0));
    }
  }
  return image;
}

} // namespace

TEST_CASE("another scene is a cut, its next frame is not") {
  SceneCut cut;
  CHECK_FALSE(cut.update(scene(1, 0, 0)));
  for (int t = 1; t < 10; t++) CHECK_FALSE(cut.update(scene(1, t, 20)));
  CHECK(cut.update(scene(2, 0, 20)));
  CHECK_FALSE(cut.update(scene(2, 1, 20)));
}

TEST_CASE("a slow fade is no cut, a change of size is one, empty images are neither") {
  SceneCut cut;
  for (int level = 0; level < 256; level += 5) CHECK_FALSE(cut.update(BgrImage(50, 60, std::uint8_t(level))));
  CHECK(cut.update(BgrImage(60, 50, 255)));
  CHECK_FALSE(cut.update(BgrImage()));
  CHECK_FALSE(cut.update(BgrImage(60, 50, 255)));
}
