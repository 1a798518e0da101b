// Tests detections on the device against the CPU: the same people in the same order, with ties, NaN, crowds and lists that are too short; also the
// rows that darknet_detections reads.
// SPDX-License-Identifier: MIT
#include "postprocess/darknet_detect.h"
#include "postprocess/detections_device.h"
#include "tensor/error.h"
#include "tests/device/on_device.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <random>

using namespace pose;
using namespace pose::device_test;

namespace {

// One head of all images, on the CPU and on the device.
struct Head {
  int count, attributes;
  std::vector<float> values; // [images][count][attributes]
  OnDevice<float> device{values};

  Head(int rows, int width, std::vector<float> v) : count(rows), attributes(width), values(std::move(v)) {}
  YoloOutput rows(int picture) const { return {values.data() + std::size_t(picture * count * attributes), count, attributes}; }
  DeviceMap map(int pictures) const { return {device.data(), {pictures, 1, count, attributes}, attributes, Element::f32}; }
};

struct Detector {
  int pictures;
  std::vector<Head> heads;

  std::vector<std::vector<YoloOutput>> rows() const {
    std::vector<std::vector<YoloOutput>> all;
    for (int i = 0; i < pictures; i++) {
      all.emplace_back();
      for (const Head& h : heads) all.back().push_back(h.rows(i));
    }
    return all;
  }
  DeviceHeads on_device() const {
    std::vector<DeviceMap> maps;
    for (const Head& h : heads) maps.push_back(h.map(pictures));
    return device_heads(maps);
  }
};

// Boxes that often overlap, scores with few distinct values; one row in eight has a number that makes it invalid.
std::vector<float> random_rows(int rows, int attributes, unsigned seed, bool broken) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return float(random() % n); };
  std::vector<float> v;
  for (int i = 0; i < rows; i++) {
    const float row[] = {below(60), below(60), 4 + below(30), 4 + below(30), below(11) / 10};
    v.insert(v.end(), row, row + 5);
    for (int c = YoloOutput::kFirstClass; c < attributes; c++) v.push_back((c == YoloOutput::kFirstClass ? 1 + below(4) : below(5)) / 4);
    const float odd[] = {kNan, kInf, -kInf, -0.0f};
    if (broken && random() % 8 == 0) v[v.size() - 1 - random() % unsigned(attributes)] = odd[random() % 4];
  }
  return v;
}

Detector random_detector(int pictures, std::initializer_list<int> counts, int attributes, unsigned seed, bool broken = true) {
  Detector d{pictures, {}};
  for (int count : counts) d.heads.emplace_back(count, attributes, random_rows(pictures * count, attributes, seed++, broken));
  return d;
}

// Places `count` people in a row of cells of 100 pixels.  When they overlap, an even person covers the left half of the next one (IoU 0.58).
Detector crowd(int pictures, int count, bool overlap) {
  std::vector<float> v;
  for (int i = 0; i < pictures * count; i++) {
    const float x = overlap ? 100.0f * float(i / 2) + 4.2f * float(i % 2) : 100.0f * float(i);
    v.insert(v.end(), {x, 50, 15, 20, 0.95f - 0.002f * float(i), 0.9f, 0.1f});
  }
  Detector d{pictures, {}};
  d.heads.emplace_back(count, 7, v);
  return d;
}

// Returns the bytes of the result after enqueue(scratch, result, stream).
template <class Enqueue> std::vector<std::byte> result_of(Stream& stream, int pictures, int capacity, std::int64_t bytes, Enqueue enqueue) {
  const OnDevice<std::byte> scratch(std::vector<std::byte>(std::size_t(list_scratch_bytes(pictures, capacity)), std::byte{0xcd}));
  const OnDevice<std::byte> result(std::vector<std::byte>(std::size_t(bytes), std::byte{0xcd}));
  enqueue(scratch.data(), result.data(), stream.handle());
  return result.values(stream);
}

std::vector<std::byte> select(const Detector& d, const SelectOptions& options, int capacity, Stream& stream) {
  return result_of(stream, d.pictures, capacity, people_bytes(d.pictures, capacity), [&](std::byte* scratch, std::byte* result, StreamHandle s) {
    enqueue_select_people(d.on_device(), d.pictures, options, capacity, scratch, result, s);
  });
}

std::size_t check_people(const Detector& d, const SelectOptions& options = {}, int capacity = 256) {
  const std::vector<Detection> want = select_people(d.rows(), options);
  under_each_schedule([&](Stream& stream) {
    const std::vector<std::byte> result = select(d, options, capacity, stream);
    const std::vector<Detection> got = selected_people(result.data(), d.pictures, capacity);
    REQUIRE(got.size() == want.size());
    static_assert(sizeof(Detection) == 7 * sizeof(float)); // no padding: bytes can be compared
    for (std::size_t i = 0; i < want.size(); i++) {
      INFO("detection ", i, ": expected ", want[i].image, " ", want[i].objectness, ", found ", got[i].image, " ", got[i].objectness);
      CHECK(std::memcmp(&got[i], &want[i], sizeof(Detection)) == 0);
    }
  });
  return want.size();
}

} // namespace

TEST_CASE("people on the device are the CPU's: several images and heads, ties, NaN, infinite boxes") {
  for (unsigned seed = 1; seed <= 4; seed++) {
    CHECK(check_people(random_detector(3, {50, 7, 33}, 8, seed)) > 10);
    CHECK(check_people(random_detector(2, {40}, 85, seed)) > 0);
  }
  CHECK(check_people(random_detector(1, {300, 20}, 6, 9), {0.3f, 0.3}, 512) > 10);
  for (int person : {1, 2}) CHECK(check_people(random_detector(2, {64}, 8, 5), {0.05f, 0.6, person}) > 0);
  CHECK(check_people(random_detector(2, {64}, 8, 5), {-1, 0.6}) > 10); // all rows, objectness 0 and -0 among them
}

TEST_CASE("a box with NaN in one corner only selects no person") {
  std::vector<float> v;
  for (const float sign : {1.0f, -1.0f}) {
    v.insert(v.end(), {kInf, 9, sign * kInf, 4, 0.9f, 1, 0});
    v.insert(v.end(), {9, kInf, 4, sign * kInf, 0.9f, 1, 0});
  }
  v.insert(v.end(), {9, 9, 4, 4, 0.5f, 1, 0});
  Detector d{1, {}};
  d.heads.emplace_back(5, 7, v);
  CHECK(check_people(d) == 1);
}

TEST_CASE("no person is found where no row exceeds the threshold") {
  CHECK(check_people(random_detector(2, {20}, 8, 1), {1, 0.6}) == 0);
  CHECK(check_people(Detector{2, {}}) == 0);
}

TEST_CASE("more than 100 people in all images together: the stricter limit applies") {
  CHECK(check_people(crowd(2, 50, false)) == 100);
  CHECK(check_people(crowd(2, 50, true)) == 100); // pairs stay at 0.6 ...
  CHECK(check_people(crowd(2, 52, true)) == 52);  // ... and lose one box at 0.55
  CHECK(check_people(crowd(1, 101, false)) == 101);
}

TEST_CASE("a list that is too short reports this and the required length") {
  const Detector d = crowd(2, 40, false);
  check_people(d, {}, 40);
  under_each_schedule([&](Stream& stream) {
    const std::vector<std::byte> result = select(d, {}, 39, stream);
    CHECK(most_found(result.data(), 2) == 40);
    CHECK_THROWS_AS(selected_people(result.data(), 2, 39), Error);
  });
}

TEST_CASE("likely rows give Darknet's detections, in the same order") {
  for (unsigned seed = 1; seed <= 4; seed++) {
    const Detector d = random_detector(2, {60, 30}, 85, seed);
    constexpr int kCapacity = 96;
    const DarknetOptions options;
    under_each_schedule([&](Stream& stream) {
      const std::vector<std::byte> result =
          result_of(stream, 2, kCapacity, likely_rows_bytes(2, kCapacity, 85), [&](std::byte* scratch, std::byte* to, StreamHandle s) {
            enqueue_likely_rows(d.on_device(), 2, options.thresh, kCapacity, scratch, to, s);
          });
      for (int i = 0; i < 2; i++) {
        const YoloOutput rows = likely_rows(result.data(), i, 2, kCapacity, 85);
        CHECK((0 < rows.count && rows.count < 90));
        CHECK(rows.count <= most_found(result.data(), 2));
        const auto detections = [&](std::span<const YoloOutput> heads) {
          return darknet_detections(heads, {48, 64, 8, 0}, 64, 64, 75, 100, options);
        };
        const std::vector<ClassBox> want = detections(d.rows()[std::size_t(i)]), got = detections(std::span(&rows, 1));
        REQUIRE(got.size() == want.size());
        int wrong = 0;
        for (std::size_t k = 0; k < want.size(); k++) wrong += std::memcmp(&got[k], &want[k], sizeof(ClassBox)) != 0;
        CHECK(wrong == 0);
      }
      const std::vector<std::byte> shorter =
          result_of(stream, 2, 8, likely_rows_bytes(2, 8, 85), [&](std::byte* scratch, std::byte* to, StreamHandle s) {
            enqueue_likely_rows(d.on_device(), 2, options.thresh, 8, scratch, to, s);
          });
      CHECK_THROWS_AS(likely_rows(shorter.data(), 0, 2, 8, 85), Error);
    });
  }
}

TEST_CASE("heads that are not rows of floats, and too many heads, are refused") {
  DeviceMap rows{nullptr, {1, 1, 10, 85}, 85, Element::f32};
  CHECK(device_heads(std::vector(8, rows)).total == 80);
  CHECK_THROWS_AS(device_heads(std::vector(9, rows)), Error);
  rows.element = Element::f16;
  CHECK_THROWS_AS(device_heads(std::vector(1, rows)), Error);
  CHECK_THROWS_AS(device_heads(std::vector(1, DeviceMap{nullptr, {1, 8, 8, 255}, 256, Element::f32})), Error);
  CHECK_THROWS_AS(device_heads(std::vector(1, DeviceMap{nullptr, {1, 1, 10, 5}, 5, Element::f32})), Error);
}
