// Tests heatmaps on the device against the CPU: bit-identical peaks, ties, NaN, borders; the flip test's average.
// SPDX-License-Identifier: MIT
#include "postprocess/heatmap_device.h"
#include "tests/device/on_device.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>

using namespace pose;
using namespace pose::device_test;

namespace {

constexpr int kChannels = 33; // as FastPose: more channels than keypoints, a pitch larger than the channels

// Compares so that NaN equals NaN, and 0 does not equal -0.
bool same(float a, float b) {
  return std::isnan(a) ? std::isnan(b) : std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

// Few distinct values, so that ties are common: quarters in [-2, 2].
Tensor coarse_maps(Shape s, unsigned seed) {
  Tensor t(s, Layout::blocked, 0);
  std::mt19937 random(seed);
  for (int n = 0; n < s.n; n++) {
    for (int y = 0; y < s.h; y++) {
      for (int x = 0; x < s.w; x++) {
        for (int c = 0; c < s.c; c++) t.view().at(n, y, x, c) = float(int(random() % 17) - 8) / 4;
      }
    }
  }
  return t;
}

// Converts values to what the device stores of them.
Tensor rounded(View<const float> maps, Element element) {
  Tensor t(maps.shape, Layout::blocked, 0);
  const Shape& s = maps.shape;
  for (int n = 0; n < s.n; n++) {
    for (int y = 0; y < s.h; y++) {
      for (int x = 0; x < s.w; x++) {
        for (int c = 0; c < s.c; c++) t.view().at(n, y, x, c) = stored(maps.at(n, y, x, c), element);
      }
    }
  }
  return t;
}

void check_peaks(const Tensor& maps, int people, PeakRule rule = {}) {
  for (Element element : {Element::f32, Element::f16}) {
    const Tensor held = rounded(maps.view(), element);
    const MapOnDevice device(held.view(), element);
    under_each_schedule([&](Stream& stream) {
      const OnDevice<Peak> peaks(std::vector<Peak>(std::size_t(people * kJoints)));
      enqueue_find_peaks(device.map(), people, kJoints, rule, peaks.data(), stream.handle());
      const std::vector<Peak> got = peaks.values(stream);
      for (int i = 0; i < people; i++) {
        for (int joint = 0; joint < kJoints; joint++) {
          const Peak want = find_peak(held.view(), i, joint, rule), &found = got[std::size_t(i * kJoints + joint)];
          INFO("person ", i, ", keypoint ", joint, ": expected ", want.at.x, ",", want.at.y, " ", want.score, ", found ", found.at.x, ",", found.at.y,
               " ", found.score);
          CHECK((same(want.at.x, found.at.x) && same(want.at.y, found.at.y) && same(want.score, found.score)));
        }
      }
    });
  }
}

// Checks every element of every image: the other images must keep their values.
void check_average(const Tensor& maps, const Tensor& want, int people, const JointSet& set, bool shift) {
  const Shape& s = maps.shape();
  for (Element element : {Element::f32, Element::f16}) {
    under_each_schedule([&](Stream& stream) {
      MapOnDevice device(maps.view(), element);
      enqueue_average_flipped(device.map(), people, set, shift, stream.handle());
      device.download(stream);
      int wrong = 0;
      for (int n = 0; n < s.n; n++) {
        for (int y = 0; y < s.h; y++) {
          for (int x = 0; x < s.w; x++) {
            for (int c = 0; c < s.c; c++) wrong += !same(stored(want.view().at(n, y, x, c), element), device.at(n, y, x, c));
          }
        }
      }
      CHECK(wrong == 0);
    });
  }
}

} // namespace

TEST_CASE("peaks on the device are the CPU's, with many equal maxima") {
  for (const Sizes& s : {Sizes{20, 16}, {7, 5}, {3, 3}, {2, 9}, {1, 1}}) {
    for (const PeakRule rule : {PeakRule{}, kPlainPeaks}) check_peaks(coarse_maps({3, s.h, s.w, kChannels}, unsigned(s.h * s.w)), 3, rule);
  }
}

TEST_CASE("peaks are searched in the first images only") {
  const Tensor maps = coarse_maps({3, 4, 4, kJoints}, 1);
  check_peaks(maps, 2);
  check_peaks(maps, 0);
}

TEST_CASE("peaks of invalid and of empty maps are the CPU's") {
  Tensor maps = coarse_maps({2, 9, 8, kChannels}, 7);
  const View<float> v = maps.view();
  v.at(0, 5, 3, 0) = kNan; // before a larger number
  v.at(0, 6, 3, 0) = kInf;
  v.at(0, 2, 7, 1) = -kNan; // two of them: the first wins
  v.at(0, 7, 1, 1) = kNan;
  v.at(0, 0, 0, 2) = kNan;
  v.at(0, 8, 7, 3) = kNan;
  v.at(0, 4, 4, 4) = kInf; // neighbors without a difference
  v.at(0, 4, 5, 4) = v.at(0, 4, 3, 4) = kInf;
  v.at(0, 4, 4, 5) = 3; // a neighbor is NaN, but the 3 comes first
  v.at(0, 4, 5, 5) = kNan;
  for (int y = 0; y < 9; y++) {
    for (int x = 0; x < 8; x++) {
      for (int joint = 8; joint < kJoints; joint++) v.at(1, y, x, joint) = joint == 8 ? 0.0f : joint == 9 ? -0.0f : -float(joint) - float(y == 4);
      v.at(1, y, x, 10) = -kInf;
      v.at(1, y, x, 11) = (x + y) % 2 == 0 ? -0.0f : 0.0f; // equal: the first wins, and its sign is the score's
      v.at(1, y, x, 12) = y == 3 && x == 3 ? 1e-40f : 0.0f;
    }
  }
  check_peaks(maps, 2);
}

TEST_CASE("the average of flipped heatmaps on the device is the CPU's") {
  constexpr int kPeople = 2;
  for (const char* name : {"coco17", "halpe26", "halpe136"}) {
    const JointSetRef set = find_joint_set(name);
    const int channels = int(set->size()) + 3;
    for (const Sizes& size : {Sizes{6, 5}, {3, 8}, {1, 1}}) {
      for (const bool shift : {false, true}) {
        Tensor maps = coarse_maps({2 * kPeople + 1, size.h, size.w, channels}, 3), want = coarse_maps(maps.shape(), 3);
        maps.view().at(0, 0, 0, 4) = want.view().at(0, 0, 0, 4) = kNan;
        maps.view().at(kPeople, 0, 0, 4) = kInf;
        for (int i = 0; i < kPeople; i++) {
          View<const float> mirrored = maps.view();
          mirrored.data += kPeople * mirrored.image;
          average_flipped(want.view(), mirrored, i, *set, shift);
        }
        want.view().at(kPeople, 0, 0, 4) = kInf;
        check_average(maps, want, kPeople, *set, shift);
      }
    }
  }
}
