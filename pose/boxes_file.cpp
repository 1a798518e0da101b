// Implements boxes_file.h.  Reading a file that format_boxes() made gives the same boxes, bit for bit.
// SPDX-License-Identifier: MIT
#include "pose/boxes_file.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <fstream>
#include <optional>

namespace pose {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPerson = 1;         // COCO's category id
constexpr int kMaxDepth = 8;       // nesting levels; COCO's annotations have 4
constexpr double kMaxNumber = 1e6; // largest magnitude of a number: above any image side, small enough for exact sums

// Throws InputError for entry `number` of the file.
[[noreturn]] void bad_entry(const std::string& path, std::size_t number, const std::string& expected, const Json& found) {
  constexpr std::size_t kShown = 80;
  std::string text = found.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  fail<InputError>("{}: entry {}: expected {}, found {}", path, number, expected, text);
}

// Returns the four numbers of a list; nothing when `value` is not a list of four finite numbers up to kMaxNumber.
std::optional<std::array<double, 4>> four_numbers(const Json& value) {
  if (!value.is_array() || value.size() != 4) return std::nullopt;
  std::array<double, 4> numbers{};
  for (std::size_t i = 0; i < 4; i++) {
    if (!value[i].is_number()) return std::nullopt;
    numbers[i] = value[i].get<double>();
    if (!(std::abs(numbers[i]) <= kMaxNumber)) return std::nullopt;
  }
  return numbers;
}

// Returns the box of an entry: its corners, or its bbox where it has no corners.  Throws InputError.
Box box_of(const Json& entry, const std::string& path, std::size_t number) {
  const bool has_corners = entry.contains("corners");
  const auto numbers = entry.contains(has_corners ? "corners" : "bbox") ? four_numbers(entry[has_corners ? "corners" : "bbox"]) : std::nullopt;
  if (!numbers) bad_entry(path, number, "bbox: [x, y, width, height] in pixels", entry);
  const auto [a, b, c, d] = *numbers;
  const Box box = has_corners ? Box{float(a), float(b), float(c), float(d)} : Box{float(a), float(b), float(a + c), float(b + d)};
  if (!(box.x1 < box.x2 && box.y1 < box.y2)) bad_entry(path, number, "a box with a width and a height", entry);
  return box;
}

} // namespace

std::string format_boxes(const std::vector<NamedBoxes>& images) {
  Json list = Json::array();
  for (const auto& [name, boxes] : images) {
    for (const PersonBox& b : boxes) {
      list.push_back({{"image_id", name},
                      {"category_id", kPerson},
                      {"bbox", {b.box.x1, b.box.y1, b.box.x2 - b.box.x1, b.box.y2 - b.box.y1}},
                      {"corners", {b.box.x1, b.box.y1, b.box.x2, b.box.y2}},
                      {"score", b.score}});
    }
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

BoxesByName read_boxes(const std::string& path) {
  std::ifstream in(path);
  // Printing and copying JSON are recursive.  A limit on the nesting keeps a hostile file from overflowing the stack.
  const Json::parser_callback_t limit = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) fail<InputError>("{}: expected at most {} levels of nesting, found more", path, kMaxDepth);
    return true;
  };
  const Json list = in ? Json::parse(in, limit, false) : Json();
  if (!list.is_array()) fail<InputError>("{}: expected a list of boxes as JSON", path);
  BoxesByName boxes;
  for (std::size_t i = 0; i < list.size(); i++) {
    const Json& entry = list[i];
    if (!entry.is_object() || !entry.contains("image_id") || !entry["image_id"].is_string())
      bad_entry(path, i, "an object with the image's file name as image_id", entry);
    if (entry.contains("category_id") && entry["category_id"] != kPerson) continue;
    const Json score = entry.value("score", Json(1));
    if (!score.is_number() || !(std::abs(score.get<double>()) <= kMaxNumber)) bad_entry(path, i, "a number as score", entry);
    boxes[entry["image_id"].get<std::string>()].push_back({box_of(entry, path, i), score.get<float>()});
  }
  return boxes;
}

std::vector<PersonBox> clip_boxes(const std::vector<PersonBox>& boxes, int h, int w) {
  std::vector<PersonBox> inside = boxes;
  for (PersonBox& b : inside) {
    const Box given = b.box;
    b.box = clip(given, h, w);
    if (!(b.box.x1 < b.box.x2 && b.box.y1 < b.box.y2)) {
      fail("expected boxes that overlap the image of {} x {} (width x height), found corners ({}, {}), ({}, {})", w, h, given.x1, given.y1, given.x2,
           given.y2);
    }
  }
  return inside;
}

} // namespace pose
