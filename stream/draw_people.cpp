// Implements draw_people.h.
// SPDX-License-Identifier: MIT
#include "stream/draw_people.h"

#include "image/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace pose {
namespace {

constexpr float kVisible = 0.05f; // as for the skeletons (docs/spec.md, section 11)
constexpr std::array<Color, 8> kIdColors{
    {{80, 175, 76}, {54, 67, 244}, {243, 150, 33}, {0, 193, 255}, {176, 39, 156}, {212, 188, 0}, {34, 87, 255}, {139, 125, 96}}};

Person drawn_person(const ResultPerson& p) {
  Person person = p.person;
  if (p.smooth) person.joints = *p.smooth;
  return person;
}

// Returns the highest keypoint that is drawn; nothing below a whole image without one.
Pixel top_of(const Person& person) {
  Point top{person.box.x1, person.box.y1};
  float highest = std::numeric_limits<float>::infinity();
  for (std::size_t k = 0; k < person.joints.size(); k++) {
    if (person.scores[k] > kVisible && person.joints[k].y < highest) {
      top = person.joints[k];
      highest = top.y;
    }
  }
  const auto whole = [](float v) { return std::isfinite(v) ? int(std::clamp(v, -1e6f, 1e6f)) : 0; };
  return {whole(top.x), whole(top.y)};
}

void draw_id(BgrImage& image, const Person& person, int id) {
  const int height = std::clamp(image.h / 36, 11, 40), pad = height / 4;
  const std::string text = std::to_string(id);
  BgrImage scratch(1, 1); // measures the text
  const int width = draw_text(scratch, {0, 0}, text, height, {});
  const Pixel top = top_of(person);
  const int left = std::clamp(top.x - width / 2, pad, std::max(pad, image.w - width - pad));
  const int base = std::clamp(top.y - height, height + pad, std::max(height + pad, image.h - pad));
  fill_rectangle(image, {left - pad, base - height}, {left + width + pad, base + pad}, kIdColors[std::size_t(id) % kIdColors.size()]);
  draw_text(image, {left, base}, text, height, {255, 255, 255});
}

} // namespace

BgrImage draw_people(const BgrImage& image, const std::vector<ResultPerson>& people, RenderStyle style, bool ids) {
  if (people.empty()) return image;
  std::vector<Person> persons;
  for (const ResultPerson& p : people) persons.push_back(drawn_person(p));
  BgrImage drawn = render(image, persons, style);
  for (std::size_t i = 0; i < people.size(); i++) {
    if (ids && people[i].id != 0) draw_id(drawn, persons[i], people[i].id);
  }
  return drawn;
}

} // namespace pose
