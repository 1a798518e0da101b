// Tests generated weights: the vectors of section 15 of docs/spec.md and of its Python twin (gen_weights.py), and nets of any depth.
// SPDX-License-Identifier: MIT
#include "weights/synthetic.h"
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace pose;
using namespace pose::testing;

namespace {

using Generate = WeightStore (*)(const std::vector<ParamSpec>&, std::uint64_t, const std::string&);

const std::vector<ParamSpec> kYolo = {
    {"yolo.0.beta", {3}, Role::beta},
    {"yolo.0.gamma", {3}, Role::gamma},
    {"yolo.0.mean", {3}, Role::mean},
    {"yolo.0.var", {3}, Role::var},
    {"yolo.0.weight", {3, 3, 3, 3}, Role::weight},
    {"yolo.1.beta", {1}, Role::beta},
    {"yolo.1.gamma", {1}, Role::gamma},
    {"yolo.1.mean", {1}, Role::mean},
    {"yolo.1.var", {1}, Role::var},
    {"yolo.88.bias", {255}, Role::bias},
    {"yolo.88.weight", {255, 1024, 1, 1}, Role::weight},
};
const std::vector<ParamSpec> kPose = {
    {"preact.conv1.weight", {64, 3, 7, 7}, Role::weight},
    {"preact.bn1.weight", {2}, Role::gamma},
    {"preact.bn1.bias", {2}, Role::beta},
    {"preact.bn1.running_var", {2}, Role::var},
    {"preact.bn1.running_mean", {2}, Role::mean},
    {"preact.layer1.0.se.fc.0.bias", {2}, Role::bias},
    {"conv_out.weight", {33, 128, 3, 3}, Role::weight},
    {"conv_out.bias", {33}, Role::bias},
};

WeightStore generate(Generate make, const std::vector<ParamSpec>& specs, const std::string& side_file) {
  const TempDir dir;
  write_bytes(dir / "bn.bin", side_file);
  return make(specs, 0, dir / "bn.bin");
}

std::vector<float> first(const WeightStore& store, const std::string& name, std::size_t count) {
  const float* data = store.params().at(name).data;
  return {data, data + count};
}

float mean_square(const std::vector<float>& values) {
  double sum = 0;
  for (const float v : values) sum += double(v) * v;
  return float(sum / double(values.size()));
}

// Computes y = gamma (W x - mean) / sqrt(var) + beta, as a net of 1x1 convolutions on one pixel would.
std::vector<float> layer(const WeightStore& store, const std::string& name, const std::vector<float>& x, bool relu) {
  const std::size_t c = x.size();
  const auto param = [&](const char* suffix) { return store.params().at(name + suffix).data; };
  std::vector<float> y(c);
  for (std::size_t o = 0; o < c; o++) {
    float sum = 0;
    for (std::size_t i = 0; i < c; i++) sum += param(".weight")[o * c + i] * x[i];
    y[o] = param(".gamma")[o] * (sum - param(".mean")[o]) / std::sqrt(param(".var")[o]) + param(".beta")[o];
    if (relu) y[o] = std::max(y[o], 0.0f);
  }
  return y;
}

std::vector<ParamSpec> chain(int layers, std::int64_t c) {
  std::vector<ParamSpec> specs;
  for (int i = 0; i < layers; i++) {
    const std::string name = std::to_string(i);
    specs.push_back({name + ".weight", {c, c, 1, 1}, Role::weight});
    for (const auto& [suffix, role] :
         {std::pair<const char*, Role>{".gamma", Role::gamma}, {".beta", Role::beta}, {".mean", Role::mean}, {".var", Role::var}}) {
      specs.push_back({name + suffix, {c}, role});
    }
  }
  return specs;
}

} // namespace

TEST_CASE("streams have their known values") {
  CHECK(fnv1a64("") == 0xcbf29ce484222325);
  CHECK(fnv1a64("yolo.0.weight") == 0x5cb0a88946fc42b8);
  CHECK(synthetic_bits("yolo.0.weight", 0, 0) == 0x53b3260fb20e1f97);
  CHECK(synthetic_bits("yolo.0.weight", 0, 1) == 0x2334a3011f01ce65);
  CHECK(synthetic_bits("yolo.0.weight", 0, 3) == 0xae9d83fc10b67225);
  CHECK(synthetic_bits("yolo.0.weight", 1, 0) == 0xd3470ce05bdfc46e);
  CHECK(synthetic_bits("yolo.0.weight", 1, 3) == 0xadcdd89c3716f590);
}

TEST_CASE("YOLO's weights are generated bit for bit") {
  const WeightStore store = generate(synthetic_yolo, kYolo, le<float>({1, 2, 3, 11, 12, 13, 4, 14}));
  CHECK(first(store, "yolo.0.weight", 4) == std::vector<float>{-0x1.4e2210p-3f, -0x1.5df316p-2f, 0x1.2c8cb8p-2f, 0x1.5f982ep-3f});
  CHECK(first(store, "yolo.0.gamma", 3) == std::vector<float>{0x1.9db864p-1f, 0x1.0bcb46p+0f, 0x1.03e0bcp+0f});
  CHECK(first(store, "yolo.0.beta", 3) == std::vector<float>{0x1.d5e1a0p-5f, 0x1.afe41cp-3f, -0x1.97bc60p-5f});
  CHECK(first(store, "yolo.0.mean", 3) == std::vector<float>{1, 2, 3});
  CHECK(first(store, "yolo.0.var", 3) == std::vector<float>{11, 12, 13});
  CHECK(first(store, "yolo.1.mean", 1) == std::vector<float>{4});
  CHECK(first(store, "yolo.1.var", 1) == std::vector<float>{14});
  // A head: half the gain, and the biases of objectness and person are set.
  CHECK(first(store, "yolo.88.weight", 2) == std::vector<float>{0x1.8e03d0p-6f, -0x1.b4320ap-7f});
  CHECK(first(store, "yolo.88.bias", 7) ==
        std::vector<float>{0x1.f38a28p-3f, 0x1.15685cp-2f, 0x1.d8d28cp-2f, -0x1.a0d864p-2f, -4.8f, 1.5f, 0x1.ff7100p-7f});
  CHECK(first(store, "yolo.88.bias", 255)[85 + 4] == -4.8f);
  CHECK(first(store, "yolo.88.bias", 255)[170 + 5] == 1.5f);
  CHECK_NOTHROW(store.expect_all_used(kYolo));
}

TEST_CASE("the pose net's weights are generated bit for bit") {
  const WeightStore store = generate(synthetic_pose, kPose, le<float>({1, 2, 11, 12}));
  CHECK(first(store, "conv_out.weight", 2) == std::vector<float>{0x1.f48a86p-7f, -0x1.c69b2ep-8f});
  CHECK(first(store, "conv_out.bias", 2) == std::vector<float>{-0x1.e89194p-6f, -0x1.29c6c0p-7f});
  CHECK(first(store, "preact.layer1.0.se.fc.0.bias", 2) == std::vector<float>{-0x1.4ad936p-4f, -0x1.bcc73ap-5f});
  CHECK(first(store, "preact.bn1.weight", 2) == std::vector<float>{0x1.04bc88p+0f, 0x1.9215e2p-1f});
  CHECK(first(store, "preact.bn1.bias", 2) == std::vector<float>{0x1.8e3bf0p-5f, -0x1.645040p-6f});
  CHECK(first(store, "preact.bn1.running_mean", 2) == std::vector<float>{1, 2}); // for any order of the parameters
  CHECK(first(store, "preact.bn1.running_var", 2) == std::vector<float>{11, 12});
}

TEST_CASE("side files that do not fit the net are refused") {
  const std::string good = le<float>({1, 2, 11, 12});
  const char* message = "bn.bin: expected 16 bytes (mean and variance of 1 batch norms), found ";
  for (const std::string& bad : {std::string(), good.substr(0, 15), good + "x", good + good}) {
    CHECK_THROWS_WITH_AS(generate(synthetic_pose, kPose, bad), doctest::Contains((message + std::to_string(bad.size())).c_str()), Error);
  }
  CHECK_THROWS_WITH_AS(generate(synthetic_pose, kPose, le<float>({1, 2, NAN, 12})),
                       doctest::Contains("bn.bin: preact.bn1.running_var: expected finite numbers, found nan at index 0"), Error);
  const TempDir dir;
  CHECK_THROWS_WITH_AS(synthetic_yolo(kYolo, 0, dir / "none"), doctest::Contains("none: cannot be read"), Error);
}

TEST_CASE("random weights keep activations of order 1, in plain and in residual nets") {
  constexpr int kLayers = 150;
  constexpr std::int64_t kChannels = 64;
  for (const std::uint64_t seed : {0, 1, 2}) {
    const WeightStore store = random_weights(chain(kLayers, kChannels), seed);
    CHECK_NOTHROW(store.expect_finite());
    std::vector<float> plain(kChannels), residual(kChannels);
    for (std::size_t i = 0; i < plain.size(); i++) plain[i] = residual[i] = float(synthetic_bits("x", seed, i) >> 40) * 0x1p-24f;
    for (int i = 0; i + 2 < kLayers; i += 3) { // a bottleneck: three layers, the last one linear
      std::vector<float> branch = residual;
      for (int j = i; j < i + 3; j++) {
        const std::string name = std::to_string(j);
        plain = layer(store, name, plain, true);
        branch = layer(store, name, branch, j < i + 2);
        REQUIRE(mean_square(plain) > 0.05f);
        REQUIRE(mean_square(plain) < 2);
      }
      for (std::size_t c = 0; c < residual.size(); c++) residual[c] = std::max(residual[c] + branch[c], 0.0f);
      REQUIRE(mean_square(residual) > 0.05f);
      REQUIRE(mean_square(residual) < 10000);
    }
  }
}

TEST_CASE("random weights depend on name and seed only") {
  const std::vector<ParamSpec> specs = chain(3, 8);
  const std::vector<ParamSpec> fewer(specs.begin() + 5, specs.begin() + 10);
  const WeightStore a = random_weights(specs, 7), b = random_weights(fewer, 7), c = random_weights(specs, 8);
  CHECK(first(a, "1.weight", 64) == first(b, "1.weight", 64));
  CHECK(first(a, "1.weight", 64) != first(c, "1.weight", 64));
  CHECK(first(a, "1.weight", 64) != first(a, "2.weight", 64));
  for (const float v : first(a, "1.var", 8)) CHECK(v >= 0.9f);
}
