// Tests Darknet files: both headers, and files of a length other than the net requires.
// SPDX-License-Identifier: MIT
#include "weights/darknet.h"
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tuple>

using namespace pose;
using namespace pose::testing;

namespace {

const std::vector<ParamSpec> kSpecs = {
    {"yolo.0.beta", {2}, Role::beta}, {"yolo.0.weight", {2, 3, 1, 1}, Role::weight}, {"yolo.1.bias", {1}, Role::bias}};

std::string header(std::int32_t major, std::int32_t minor, bool wide) {
  return le<std::int32_t>({major, minor, 0}) + (wide ? le(std::int64_t(7)) : le(std::int32_t(7)));
}

std::string floats() {
  return le<float>({1, 2, 3, 4, 5, 6, 7, 8, 9});
}

void check_darknet_refused(const std::string& bytes, const char* message) {
  const TempDir dir;
  write_bytes(dir / "x.weights", bytes);
  CHECK_THROWS_WITH_AS(read_darknet(dir / "x.weights", kSpecs), doctest::Contains(message), Error);
}

} // namespace

TEST_CASE("the version gives the width of the header") {
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min(), kMax = std::numeric_limits<std::int32_t>::max();
  struct Version {
    std::int32_t major, minor;
    bool wide;
  };
  const TempDir dir;
  for (const Version& v : {Version{0, 2, true},
                           {0, 1, false},
                           {0, 0, false},
                           {1, 0, true},
                           {2, 5, true},
                           {0, 999, true},
                           {0, 1000, false},
                           {1000, 0, false},
                           {kMax, kMax, false},
                           {kMin, kMin, false},
                           {kMin, 2, false}}) {
    CAPTURE(v.major);
    CAPTURE(v.minor);
    write_bytes(dir / "x.weights", header(v.major, v.minor, v.wide) + floats());
    const WeightStore store = read_darknet(dir / "x.weights", kSpecs);
    CHECK(store.params().size() == 3);
    CHECK(store.get(kSpecs[0]).data[1] == 2);
    CHECK(store.get(kSpecs[1]).data[5] == 8);
    CHECK(store.get(kSpecs[2]).data[0] == 9);
    CHECK_NOTHROW(store.expect_all_used(kSpecs));
  }
}

TEST_CASE("parameters that a file has transposed are transposed back, those of connected layers only above version 1000") {
  const TempDir dir;
  const std::vector<ParamSpec> specs = {{"a.bias", {1}, Role::bias},
                                        {"a.weight", {2, 2, 1, 1}, Role::weight, {StoredOrder::transposed_above_1000, 2}},
                                        {"b.bias", {4}, Role::bias, {StoredOrder::transposed, 2}}};
  for (const auto& [major, minor, above] : {std::tuple(1001, 0, true), {0, 1001, true}, {1000, 0, false}, {0, 1000, false}, {-2000, 0, false}}) {
    write_bytes(dir / "x.weights", header(major, minor, false) + floats());
    const WeightStore store = read_darknet(dir / "x.weights", specs);
    const float *const a = store.get(specs[1]).data, *const b = store.get(specs[2]).data;
    CHECK(std::vector<float>(a, a + 4) == (above ? std::vector<float>{2, 4, 3, 5} : std::vector<float>{2, 3, 4, 5}));
    CHECK(std::vector<float>(b, b + 4) == std::vector<float>{6, 8, 7, 9});
  }
}

TEST_CASE("the weights outlive the call that mapped them") {
  const TempDir dir;
  write_bytes(dir / "x.weights", header(0, 2, true) + floats());
  const WeightStore copy = [&] {
    const WeightStore store = read_darknet(dir / "x.weights", kSpecs);
    return WeightStore(store);
  }();
  std::filesystem::remove(dir / "x.weights");
  CHECK(copy.get(kSpecs[2]).data[0] == 9);
}

TEST_CASE("a file that is too short: the error names the layer at which it ends") {
  const std::string good = header(0, 2, true) + floats();
  check_darknet_refused("", "x.weights: expected a Darknet header of 16 bytes, found 0");
  check_darknet_refused(good.substr(0, 11), "expected a Darknet header of 16 bytes, found 11");
  check_darknet_refused(good.substr(0, 19), "expected a Darknet header of 20 bytes, found 19");
  check_darknet_refused(good.substr(0, 20), "x.weights: ends in yolo.0.beta: expected 2 floats, found 0 and 0 bytes");
  check_darknet_refused(good.substr(0, good.size() - 1), "x.weights: ends in yolo.1.bias: expected 1 floats, found 0 and 3 bytes");
  check_darknet_refused(good.substr(0, 20 + 4 * 5 + 2), "x.weights: ends in yolo.0.weight: expected 6 floats, found 3 and 2 bytes");
}

TEST_CASE("a file that is too long: the error gives the number of surplus bytes") {
  check_darknet_refused(header(0, 2, true) + floats() + "x", "x.weights: expected the end after yolo.1.bias, found 1 more bytes");
  check_darknet_refused(header(0, 1, true) + floats(), "found 4 more bytes"); // wide, but the version says narrow
}

TEST_CASE("weights that are not numbers give an error that names their layer") {
  std::string bytes = header(0, 2, true) + floats();
  bytes.replace(20 + 4 * 4, 4, le(std::nanf("")));
  check_darknet_refused(bytes, "yolo.0.weight: expected finite numbers, found nan at index 2");
  bytes.replace(20 + 4 * 4, 4, le(-INFINITY));
  check_darknet_refused(bytes, "found -inf at index 2");
}

TEST_CASE("paths without a weights file are refused") {
  const TempDir dir;
  CHECK_THROWS_WITH_AS(read_darknet(dir / "none", kSpecs), doctest::Contains("none: cannot be read"), Error);
  CHECK_THROWS_WITH_AS(read_darknet(dir.path().string(), kSpecs), doctest::Contains("found a directory"), Error);
}
