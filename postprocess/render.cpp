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

constexpr float kMinDrawn = 0.05f; // keypoints with higher scores are drawn
constexpr int kFastRadius = 4, kDenseRadius = 2, kSmallRadius = 1;
constexpr Color kSmallColor{255, 255, 255};

struct Joint {
  Pixel at;
  float score = 0;
  bool drawn = false;
};

struct Skeleton {
  const JointSet& set;
  std::vector<Joint> joints; // those of the set, and its neck

  bool is_small(std::size_t k) const { return k >= set.colors.size(); }
  Color color(std::size_t k) const { return is_small(k) ? kSmallColor : set.colors[k]; }
};

// Rounds to whole pixels.  A keypoint with NaN, or far outside any image, is not drawn.
Joint joint_at(Point p, float score) {
  constexpr float kFarthest = 1 << 20;
  if (!(score > kMinDrawn && std::fabs(p.x) < kFarthest && std::fabs(p.y) < kFarthest)) return {};
  return {{int(p.x), int(p.y)}, score, true};
}

Skeleton skeleton_of(const Person& person) {
  Skeleton skeleton{*person.set, {}};
  for (std::size_t k = 0; k < person.joints.size(); ++k) skeleton.joints.push_back(joint_at(person.joints[k], person.scores[k]));
  if (!person.set->neck) return skeleton;
  const auto l = std::size_t(person.set->coco[kLeftShoulder]), r = std::size_t(person.set->coco[kRightShoulder]);
  const Point left = person.joints[l], right = person.joints[r];
  skeleton.joints.push_back(joint_at({(left.x + right.x) / 2, (left.y + right.y) / 2}, (person.scores[l] + person.scores[r]) / 2));
  return skeleton;
}

// Returns the sum of the scores of both ends, which sets a limb's thickness.  Heatmaps have no upper bound, images do.
float strength(const Joint& a, const Joint& b) {
  return std::min(a.score + b.score, 1000.0f);
}

void draw_fast(BgrImage& image, const Skeleton& skeleton) {
  const std::vector<Joint>& joints = skeleton.joints;
  for (std::size_t k = 0; k < joints.size(); ++k) {
    if (joints[k].drawn) fill_circle(image, joints[k].at, skeleton.is_small(k) ? kDenseRadius : kFastRadius, skeleton.color(k));
  }
  for (const auto& [i, j, color, thin] : skeleton.set.limbs) {
    const Joint &a = joints[i], &b = joints[j];
    if (a.drawn && b.drawn) draw_line(image, a.at, b.at, thin ? 1 : 2 * int(strength(a, b)) + 1, color);
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

void draw_dense_limb(BgrImage& image, const Joint& a, const Joint& b, const Limb& limb) {
  const int dx = a.at.x - b.at.x, dy = a.at.y - b.at.y;
  const Pixel middle{(a.at.x + b.at.x) / 2, (a.at.y + b.at.y) / 2};
  const int along = int(std::hypot(dx, dy) / 2), across = limb.thin ? 0 : int(strength(a, b) + 1);
  const int degrees = int(std::atan2(double(dy), double(dx)) * 180 / std::numbers::pi);
  const auto paint = [&](BgrImage& top, Pixel center) { fill_ellipse(top, center, along, across, degrees, limb.color); };
  draw_translucent(image, middle, std::max(along, across) + 1, 0.5f * (a.score + b.score), paint);
}

// Draws at half size; the skeleton is in pixels of the full image.
void draw_dense(BgrImage& half, Skeleton skeleton) {
  std::vector<Joint>& joints = skeleton.joints;
  for (Joint& joint : joints) joint.at = {joint.at.x / 2, joint.at.y / 2};
  for (std::size_t k = 0; k < joints.size(); ++k) {
    if (!joints[k].drawn) continue;
    const int radius = skeleton.is_small(k) ? kSmallRadius : kDenseRadius;
    const auto paint = [&](BgrImage& top, Pixel center) { fill_circle(top, center, radius, skeleton.color(k)); };
    draw_translucent(half, joints[k].at, radius + 1, joints[k].score, paint);
  }
  for (const Limb& limb : skeleton.set.limbs) {
    if (joints[limb.a].drawn && joints[limb.b].drawn) draw_dense_limb(half, joints[limb.a], joints[limb.b], limb);
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
