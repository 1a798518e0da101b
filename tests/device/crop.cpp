// Tests crops on the device against the CPU: every pixel is bit-identical, for boxes of all sizes, inside and outside the image.
// SPDX-License-Identifier: MIT
#include "image/crop_device.h"
#include "tests/device/picture_on_device.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pose;
using namespace pose::device_test;

namespace {

constexpr CropNormalize kMean{{0.406f, 0.457f, 0.48f}, {1, 1, 1}}, kMeanAndStd{{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

// Crops all boxes of all images as one batch.
void check_crops(const std::vector<BgrImage>& images, const std::vector<std::vector<CropBox>>& boxes, Sizes input, const CropNormalize& normalise,
                 bool mirrored) {
  std::vector<PictureOnDevice> pictures;
  for (const BgrImage& image : images) pictures.emplace_back(image);
  std::vector<DeviceCrop> crops;
  for (std::size_t i = 0; i < images.size(); i++) {
    for (const CropBox& box : boxes[i])
      crops.push_back(device_crop(pictures[i].picture(), crop_geometry(box, input.h, input.w), has_levels(images[i])));
  }
  const int count = int(crops.size()), made = mirrored ? 2 * count : count;
  Tensor want({made, input.h, input.w, 3}, Layout::compact);
  int n = 0;
  for (std::size_t i = 0; i < images.size(); i++) {
    for (const CropBox& box : boxes[i]) crop(images[i], box, normalise, want.view(), n++);
  }
  for (; n < made; n++) {
    for (int y = 0; y < input.h; y++) {
      for (int x = 0; x < input.w; x++) {
        for (int c = 0; c < 3; c++) want.view().at(n, y, x, c) = want.view().at(n - count, y, input.w - 1 - x, c);
      }
    }
  }
  const OnDevice<DeviceCrop> uploaded(crops);
  for (Element element : {Element::f32, Element::f16}) {
    under_each_schedule([&](Stream& stream) {
      MapOnDevice map({made + 1, input.h, input.w, 3}, element);
      enqueue_crops(uploaded.data(), count, normalise, mirrored, map.map(), stream.handle());
      map.download(stream);
      for (int i = 0; i < made; i++) CHECK(input_fault(want.view(), map, i) == "");
      CHECK(untouched(map, made));
    });
  }
}

std::vector<CropBox> boxes_of(int h, int w) {
  const float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  std::vector<CropBox> boxes;
  for (const Box& b : {Box{3.5f, 2.25f, 20, 30}, Box{0, 0, float(w), float(h)}, Box{float(w), float(h), float(w), float(h)}, Box{7, 7, 7.5f, 7.5f}})
    boxes.push_back(enlarge(b, h, w));
  boxes.push_back({{-9.5f, -3}, {float(w) + 11, float(h) + 4}}); // past every side
  boxes.push_back({{-100, -100}, {-50, -50}});                   // entirely outside the image
  boxes.push_back({{5, 5}, {5, 5}});                             // the affine map is not finite
  boxes.push_back({{0, 0}, {1e9f, 1e9f}});
  boxes.push_back({{kNan, 3}, {10, kInf}});
  return boxes;
}

} // namespace

TEST_CASE("crops on the device are identical to the CPU's") {
  for (const Sizes picture : {Sizes{37, 51}, {90, 23}, {1, 1}}) {
    check_crops({noise(picture.h, picture.w, 5)}, {boxes_of(picture.h, picture.w)}, {40, 33}, kMean, false);
  }
}

TEST_CASE("regions, which show what is around the box, are identical to the CPU's") {
  for (const Sizes picture : {Sizes{37, 51}, {90, 23}, {1, 1}}) {
    std::vector<CropBox> regions;
    for (const Box& b : {Box{3.5f, 2.25f, 20, 30}, Box{-40, -3, 9, 200}, Box{7, 7, 7.5f, 7.5f}, Box{5, 5, 5, 5}, Box{500, 500, 900, 900},
                         Box{0, 0, 1e9f, 1e9f}, Box{std::numeric_limits<float>::quiet_NaN(), 3, 10, 10}})
      regions.push_back(centered(b, 40, 33));
    check_crops({noise(picture.h, picture.w, 5)}, {regions}, {40, 33}, kMeanAndStd, true);
  }
}

TEST_CASE("inputs smaller and larger than a tile, with a standard deviation, match the CPU's") {
  const BgrImage image = noise(48, 36, 6);
  for (const Sizes input : {Sizes{64, 48}, {16, 32}, {3, 5}, {17, 1}}) {
    check_crops({image}, {{{{4.5f, 3.5f}, {30.25f, 44}}, {{0, 0}, {35, 10}}}}, input, kMeanAndStd, false);
  }
}

TEST_CASE("crops of several images form one batch, with its mirror image for the flip test") {
  check_crops({noise(20, 30, 1), noise(31, 17, 2)}, {{{{2, 2}, {25, 19}}}, {{{0, 0}, {16, 30}}, {{1, 20}, {9, 28}}}}, {24, 18}, kMean, true);
}

TEST_CASE("an image of zeros and ones is not divided by 255") {
  const BgrImage dark = noise(20, 20, 3, 1);
  CHECK(!has_levels(dark));
  check_crops({dark, noise(20, 20, 4)}, {{{{2, 2}, {15, 19}}}, {{{2, 2}, {15, 19}}}}, {24, 18}, kMean, false);
}

TEST_CASE("without boxes no kernel runs") {
  check_crops({noise(8, 8, 1)}, {{}}, {16, 16}, kMean, true);
}
