// Tests decoding, letterboxes and crops against AlphaPose's results.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "image/crop.h"
#include "image/letterbox.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"
#include "tests/oracle/oracle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

using namespace pose;

namespace {

// FastPose (docs/spec.md, section 5).
constexpr CropNormalize kFastPose{{0.406f, 0.457f, 0.480f}, {1, 1, 1}};
constexpr double kLetterboxShare = 200e-6; // share of bytes that may differ by 1: IPP's rounding of exact ties

// Returns the array of that name or, where a case has none, the image SET/NAME_KEY.png.
BgrImage image_of(const std::string& set, const oracle::Case& c, const std::string& key) {
  if (!c.has(key)) return read_image((oracle::dir(set) / (c.name + "_" + key + ".png")).string());
  const auto& shape = c.shape(key);
  BgrImage image(int(shape.at(0)), int(shape.at(1)));
  const auto& bytes = c.arrays.at(key).bytes;
  REQUIRE(bytes.size() == image.bytes.size());
  std::transform(bytes.begin(), bytes.end(), image.bytes.begin(), [](std::byte b) { return std::uint8_t(b); });
  return image;
}

// Checks for differences of at most 1 LSB, on at most kLetterboxShare of the bytes.
void check_canvas(const BgrImage& got, const BgrImage& want) {
  REQUIRE(got.h == want.h);
  REQUIRE(got.w == want.w);
  const std::vector<float> a(got.bytes.begin(), got.bytes.end()), b(want.bytes.begin(), want.bytes.end());
  const Difference d = compare(a, b, 1);
  CHECK_MESSAGE(d.ok(), d.text());
  const auto different = std::inner_product(a.begin(), a.end(), b.begin(), 0, std::plus<>(), std::not_equal_to<>());
  CHECK(different <= kLetterboxShare * double(a.size()));
  MESSAGE(got.w, " x ", got.h, ": ", different, " bytes differ = ", 1e6 * different / double(a.size()), " ppm");
}

// Returns the largest difference.
double check_close(const std::vector<float>& got, const std::vector<float>& want, double absolute) {
  const Difference d = compare(got, want, absolute);
  CHECK_MESSAGE(d.ok(), d.text());
  return d.max_abs;
}

// Returns mean and (population) standard deviation.
std::pair<double, double> moments(const std::vector<float>& values) {
  double sum = 0, squares = 0;
  for (float v : values) sum += v;
  const double mean = sum / double(values.size());
  for (float v : values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / double(values.size()))};
}

// Returns the numbers in the names of nets/PREFIX_N.png.
std::vector<std::string> pictures_of(const std::string& prefix) {
  std::vector<std::string> names;
  if (!oracle::has("nets")) return names;
  for (const auto& entry : std::filesystem::directory_iterator(oracle::dir("nets"))) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && entry.path().extension() == ".png") names.push_back(entry.path().stem().string().substr(prefix.size()));
  }
  std::sort(names.begin(), names.end());
  REQUIRE(!names.empty());
  return names;
}

BgrImage net_picture(const std::string& name) {
  return read_image((oracle::dir("nets") / (name + ".png")).string());
}

// Cases whose crops would show a photo may hold only the corners, with the size of the image.
std::pair<int, int> size_of(const oracle::Case& c, const BgrImage& image) {
  if (!c.info.contains("wh")) return {image.h, image.w};
  const auto [w, h] = c.info.at("wh").get<std::pair<int, int>>();
  return {h, w};
}

// Checks the first crop where it is recorded, and probes, mean and deviation of every crop.  Returns the largest difference.
double check_pixels(const oracle::Case& c, const BgrImage& image, const std::vector<CropBox>& crops, int input_h = 320, int input_w = 256) {
  const std::vector<float> probe_val = c.f32("probe_val");
  const auto probe_idx = c.arrays.at("probe_idx").as<double>(), means = c.arrays.at("mean").as<double>(), stds = c.arrays.at("std").as<double>();
  const std::size_t probes = std::size_t(c.shape("probe_idx").at(1));
  double worst = 0;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    CAPTURE(i);
    Tensor input({1, input_h, input_w, 3}, Layout::compact, 3);
    crop(image, crops[i], kFastPose, input.view(), 0);
    std::vector<float> got(static_cast<std::size_t>(input.shape().count())), at_probes;
    to_nchw(input.view(), got.data());
    if (i == 0 && c.has("inp0")) worst = std::max(worst, check_close(got, c.f32("inp0"), 1e-5));
    for (std::size_t k = 0; k < probes; ++k) at_probes.push_back(got.at(std::size_t(probe_idx[i * probes + k])));
    const auto first = probe_val.begin() + std::ptrdiff_t(i * probes);
    worst = std::max(worst, check_close(at_probes, {first, first + std::ptrdiff_t(probes)}, 1e-5));
    const auto [mean, deviation] = moments(got);
    check_close({float(mean), float(deviation)}, {float(means[i]), float(stds[i])}, 1e-5);
  }
  return worst;
}

} // namespace

TEST_CASE("JPEG files decode to the exact bytes of cv2.imread") {
  for (const std::string& n : pictures_of("image_")) {
    CAPTURE(n);
    CHECK(read_image(oracle::picture(n + ".jpg").string()) == net_picture("image_" + n));
  }
}

TEST_CASE("letterboxes match the original's") {
  for (const std::string& name : oracle::case_names("letterbox")) {
    CAPTURE(name);
    const oracle::Case c = oracle::load("letterbox", name);
    const BgrImage image = image_of("letterbox", c, "image");
    const int inp_dim = c.info.at("inp_dim");
    const LetterboxGeometry g = letterbox_geometry(image.h, image.w, inp_dim);
    CHECK(g.new_w == c.info.at("new_w").get<int>());
    CHECK(g.new_h == c.info.at("new_h").get<int>());
    CHECK(g.left == c.info.at("left").get<int>());
    CHECK(g.top == c.info.at("top").get<int>());
    check_canvas(letterbox(image, inp_dim), image_of("letterbox", c, "canvas"));
  }
}

TEST_CASE("letterboxes of the nets' images match the original's") {
  for (const std::string& n : pictures_of("letterbox608_")) {
    CAPTURE(n);
    check_canvas(letterbox(net_picture("image_" + n), 608), net_picture("letterbox608_" + n));
  }
}

TEST_CASE("crops match the original's") {
  for (const std::string& name : oracle::case_names("crops")) {
    CAPTURE(name);
    const oracle::Case c = oracle::load("crops", name);
    BgrImage image;
    if (c.has("image")) image = image_of("crops", c, "image");
    if (!c.has("image") && c.has("probe_val")) image = read_image(oracle::picture(c.info.at("image")).string());
    const auto [h, w] = size_of(c, image);
    const CropRule rule = c.info.at("rule") == "webcam" ? CropRule::webcam : CropRule::demo;
    const std::vector<float> boxes = c.f32("boxes");
    std::vector<CropBox> crops;
    std::vector<float> pt1, pt2;
    for (std::size_t i = 0; i < boxes.size() / 4; ++i) {
      const float* b = &boxes[i * 4];
      const CropBox& box = crops.emplace_back(enlarge({b[0], b[1], b[2], b[3]}, h, w, rule));
      pt1.insert(pt1.end(), {box.pt1.x, box.pt1.y});
      pt2.insert(pt2.end(), {box.pt2.x, box.pt2.y});
    }
    check_close(pt1, c.f32("pt1"), 0);
    check_close(pt2, c.f32("pt2"), 0);
    if (c.has("probe_val")) MESSAGE(name, ": at most ", check_pixels(c, image, crops), " off");
  }
}

TEST_CASE("crops of the branch master match the original's") {
  for (const std::string& name : oracle::case_names("master_crops")) {
    CAPTURE(name);
    const oracle::Case c = oracle::load("master_crops", name);
    const int h = c.info.at("input_h"), w = c.info.at("input_w");
    const std::vector<float> boxes = c.f32("boxes");
    std::vector<CropBox> crops;
    std::vector<float> corners;
    for (std::size_t i = 0; i < boxes.size() / 4; ++i) {
      const float* b = &boxes[i * 4];
      const CropBox& crop = crops.emplace_back(centered({b[0], b[1], b[2], b[3]}, h, w));
      corners.insert(corners.end(), {crop.pt1.x, crop.pt1.y, crop.pt2.x, crop.pt2.y});
    }
    check_close(corners, c.f32("cropped"), 1e-4);
    MESSAGE(name, ": at most ", check_pixels(c, image_of("master_crops", c, "image"), crops, h, w), " off");
  }
}
