// Implements render.h: skeletons drawn translucent at half size (dense) or opaque in place (fast).
// SPDX-License-Identifier: MIT
#include "postprocess/render.h"

#include "image/draw.h"
#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace pose {

namespace {

constexpr std::size_t kDrawn = kNeck + 1; // the keypoints and the neck
constexpr float kMinDrawn = 0.05f;        // keypoints with higher scores are drawn
constexpr int kFastRadius = 4, kDenseRadius = 2;

struct Limb {
  std::size_t a, b;
  Color color;
};

constexpr std::array<Limb, 15> kLimbs = {{{0, 1, {0, 215, 255}},
                                          {0, 2, {0, 255, 204}},
                                          {1, 3, {0, 134, 255}},
                                          {2, 4, {0, 255, 50}},
                                          {5, 6, {77, 255, 222}},
                                          {5, 7, {77, 196, 255}},
                                          {7, 9, {77, 135, 255}},
                                          {6, 8, {191, 255, 77}},
                                          {8, 10, {77, 255, 77}},
                                          {kNeck, 11, {77, 222, 255}},
                                          {kNeck, 12, {255, 156, 127}},
                                          {11, 13, {0, 127, 255}},
                                          {12, 14, {255, 127, 77}},
                                          {13, 15, {0, 77, 255}},
                                          {14, 16, {255, 77, 36}}}};

constexpr std::array<Color, kDrawn> kJointColors = {{{0, 255, 255},
                                                     {0, 191, 255},
                                                     {0, 255, 102},
                                                     {0, 77, 255},
                                                     {0, 255, 0},
                                                     {77, 255, 255},
                                                     {77, 255, 204},
                                                     {77, 204, 255},
                                                     {191, 255, 77},
                                                     {77, 191, 255},
                                                     {191, 255, 77},
                                                     {204, 77, 255},
                                                     {77, 255, 204},
                                                     {191, 77, 255},
                                                     {77, 255, 191},
                                                     {127, 77, 255},
                                                     {77, 255, 127},
                                                     {0, 255, 255}}};

struct Joint {
  Pixel at;
  float score = 0;
  bool drawn = false;
};

using Skeleton = std::array<Joint, kDrawn>;

// Rounds to whole pixels.  A keypoint with NaN, or far outside any image, is not drawn.
Joint joint_at(Point p, float score) {
  constexpr float kFarthest = 1 << 20;
  if (!(score > kMinDrawn && std::fabs(p.x) < kFarthest && std::fabs(p.y) < kFarthest)) return {};
  return {{int(p.x), int(p.y)}, score, true};
}

Skeleton skeleton_of(const Person& person) {
  Skeleton joints;
  for (std::size_t k = 0; k < kJoints; ++k) joints[k] = joint_at(person.joints[k], person.scores[k]);
  const Point left = person.joints[kLeftShoulder], right = person.joints[kRightShoulder];
  joints[kNeck] = joint_at({(left.x + right.x) / 2, (left.y + right.y) / 2}, (person.scores[kLeftShoulder] + person.scores[kRightShoulder]) / 2);
  return joints;
}

// Returns the sum of the scores of both ends, which sets a limb's thickness.  Heatmaps have no upper bound, images do.
float strength(const Joint& a, const Joint& b) {
  return std::min(a.score + b.score, 1000.0f);
}

void draw_fast(BgrImage& image, const Skeleton& joints) {
  for (std::size_t k = 0; k < kDrawn; ++k) {
    if (joints[k].drawn) fill_circle(image, joints[k].at, kFastRadius, kJointColors[k]);
  }
  for (const auto& [i, j, color] : kLimbs) {
    const Joint &a = joints[i], &b = joints[j];
    if (a.drawn && b.drawn) draw_line(image, a.at, b.at, 2 * int(strength(a, b)) + 1, color);
  }
}

// Copies the h x w pixels of `from` at (from_y, from_x) to `to` at (to_y, to_x).
void copy_pixels(const BgrImage& from, Pixel from_at, BgrImage& to, Pixel to_at, int h, int w) {
  for (int y = 0; y < h; ++y) std::copy_n(from.row(from_at.y + y) + from_at.x * 3, w * 3, to.row(to_at.y + y) + to_at.x * 3);
}

// Draws a shape that reaches at most `reach` pixels from `center`, and blends it with `alpha`.  The original blends the whole image for every shape.
// Outside the shape that changes nothing, so blending a patch is enough.
template <class Paint> void draw_translucent(BgrImage& image, Pixel center, int reach, float alpha, const Paint& paint) {
  const Pixel first{std::max(0, center.x - reach), std::max(0, center.y - reach)};
  const int h = std::min(image.h, center.y + reach + 1) - first.y, w = std::min(image.w, center.x + reach + 1) - first.x;
  if (h <= 0 || w <= 0) return;
  BgrImage patch(h, w);
  copy_pixels(image, first, patch, {}, h, w);
  BgrImage top = patch;
  paint(top, Pixel{center.x - first.x, center.y - first.y});
  blend(patch, top, std::clamp(alpha, 0.0f, 1.0f));
  copy_pixels(patch, {}, image, first, h, w);
}

void draw_dense_limb(BgrImage& image, const Joint& a, const Joint& b, Color color) {
  const int dx = a.at.x - b.at.x, dy = a.at.y - b.at.y;
  const Pixel middle{(a.at.x + b.at.x) / 2, (a.at.y + b.at.y) / 2};
  const int along = int(std::hypot(dx, dy) / 2), across = int(strength(a, b) + 1);
  const int degrees = int(std::atan2(double(dy), double(dx)) * 180 / std::numbers::pi);
  const auto paint = [&](BgrImage& top, Pixel center) { fill_ellipse(top, center, along, across, degrees, color); };
  draw_translucent(image, middle, std::max(along, across) + 1, 0.5f * (a.score + b.score), paint);
}

// Draws at half size; `joints` are in pixels of the full image.
void draw_dense(BgrImage& half, Skeleton joints) {
  for (Joint& joint : joints) joint.at = {joint.at.x / 2, joint.at.y / 2};
  for (std::size_t k = 0; k < kDrawn; ++k) {
    if (!joints[k].drawn) continue;
    const auto paint = [&](BgrImage& top, Pixel center) { fill_circle(top, center, kDenseRadius, kJointColors[k]); };
    draw_translucent(half, joints[k].at, kDenseRadius + 1, joints[k].score, paint);
  }
  for (const auto& [i, j, color] : kLimbs) {
    if (joints[i].drawn && joints[j].drawn) draw_dense_limb(half, joints[i], joints[j], color);
  }
}

} // namespace

BgrImage render(const BgrImage& image, const std::vector<Person>& people, RenderStyle style) {
  if (style == RenderStyle::fast) {
    BgrImage drawn = image;
    for (const Person& person : people) draw_fast(drawn, skeleton_of(person));
    return drawn;
  }
  BgrImage half = resize_bilinear(image, std::max(1, image.h / 2), std::max(1, image.w / 2));
  for (const Person& person : people) draw_dense(half, skeleton_of(person));
  return resize_bicubic(half, image.h, image.w);
}

} // namespace pose
