// Implements boxes_file.h.  Reading a file that BoxesWriter made gives the same boxes, bit for bit.
// SPDX-License-Identifier: MIT
#include "pose/boxes_file.h"

#include "tensor/text_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

namespace fs = std::filesystem;

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

struct Entry {
  std::string image;
  PersonBox box;
};

// Returns nothing for an entry of another category.  Throws InputError.
std::optional<Entry> parse_entry(const Json& entry, const std::string& path, std::size_t number) {
  const bool has_id = entry.is_object() && entry.contains("image_id") && (entry["image_id"].is_string() || entry["image_id"].is_number_integer());
  if (!has_id) bad_entry(path, number, "an object with the image's file name or number as image_id", entry);
  if (entry.contains("category_id") && entry["category_id"] != kPerson) return std::nullopt;
  const Json score = entry.value("score", Json(1));
  if (!score.is_number() || !(std::abs(score.get<double>()) <= kMaxNumber)) bad_entry(path, number, "a number as score", entry);
  const Json& id = entry["image_id"];
  return Entry{id.is_string() ? id.get<std::string>() : id.dump(), {box_of(entry, path, number), score.get<float>()}};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Returns the digits at the end of a text without leading zeros; "" when there are none.
std::string number_at_end(const std::string& text) {
  const auto begin = std::find_if_not(text.rbegin(), text.rend(), is_digit).base();
  const auto first = std::find_if(begin, text.end(), [](char c) { return c != '0'; });
  return begin == text.end() ? "" : first == text.end() ? "0" : std::string(first, text.end());
}

// Finds images by the forms of image_id.
class Names {
public:
  explicit Names(const std::vector<std::string>& paths) {
    for (const std::string& text : std::set<std::string>(paths.begin(), paths.end())) {
      const fs::path path = text;
      by_name_[path.filename()].push_back(text);
      by_stem_[path.stem()].push_back(text);
      by_number_[number_at_end(path.stem())].push_back(text);
    }
  }

  // Returns the paths that an image_id names.  Images of one name share their boxes, since they share their results.
  std::vector<std::string> find(const std::string& id) const {
    std::vector<std::string> found = look_up(by_name_, fs::path(id).filename());
    if (id.find('/') != id.npos) {
      std::erase_if(found, [&](const std::string& path) { return path != id && !path.ends_with("/" + id); });
      return found;
    }
    if (found.empty()) found = only(look_up(by_stem_, id));
    const bool is_number = !id.empty() && std::all_of(id.begin(), id.end(), is_digit);
    if (found.empty() && is_number) found = only(look_up(by_number_, number_at_end(id)));
    return found;
  }

private:
  using Index = std::map<std::string, std::vector<std::string>>;

  static std::vector<std::string> look_up(const Index& index, const std::string& key) {
    const auto it = index.find(key);
    return it == index.end() ? std::vector<std::string>() : it->second;
  }
  // Returns nothing where the paths are images of different names: which one is meant is unknown.
  static std::vector<std::string> only(std::vector<std::string> paths) {
    const auto other = [&](const std::string& path) { return fs::path(path).filename() != fs::path(paths.front()).filename(); };
    return std::any_of(paths.begin(), paths.end(), other) ? std::vector<std::string>() : std::move(paths);
  }

  Index by_name_, by_stem_, by_number_;
};

} // namespace

void BoxesWriter::add(const std::string& image, const std::vector<PersonBox>& boxes) {
  torn_ = true; // until all of them are written
  for (const PersonBox& b : boxes) {
    const Json entry = {{"image_id", image},
                        {"category_id", kPerson},
                        {"bbox", {b.box.x1, b.box.y1, b.box.x2 - b.box.x1, b.box.y2 - b.box.y1}},
                        {"corners", {b.box.x1, b.box.y1, b.box.x2, b.box.y2}},
                        {"score", b.score}};
    if (file_.size() > 1) write(",");
    write(entry.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  torn_ = false;
}

void BoxesWriter::finish() {
  if (torn_) return;
  write("]");
  file_.commit();
}

void BoxesWriter::write(std::string_view text) {
  file_.write(std::as_bytes(std::span(text)));
}

BoxesFile read_boxes(const std::string& path) {
  // Printing and copying JSON are recursive.  A limit on the nesting keeps a hostile file from overflowing the stack.
  const Json::parser_callback_t limit = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) fail<InputError>("{}: expected at most {} levels of nesting, found more", path, kMaxDepth);
    return true;
  };
  const Json list = Json::parse(with_errors_as<InputError>([&] { return read_text(path); }), limit, false);
  if (!list.is_array()) fail<InputError>("{}: expected a list of boxes as JSON", path);
  BoxesFile file;
  std::map<std::string, std::size_t> known; // index of an image
  for (std::size_t i = 0; i < list.size(); i++) {
    try {
      const auto entry = parse_entry(list[i], path, i);
      if (!entry) {
        file.others++;
        continue;
      }
      const auto [image, is_new] = known.emplace(entry->image, file.images.size());
      if (is_new) file.images.emplace_back(entry->image, std::vector<PersonBox>());
      file.images[image->second].second.push_back(entry->box);
    } catch (const InputError& e) {
      file.problems.emplace_back(e.what());
    }
  }
  if (!file.problems.empty() && file.images.empty()) throw InputError(file.problems.front());
  return file;
}

AssignedBoxes assign_boxes(const std::vector<NamedBoxes>& images, const std::vector<std::string>& paths) {
  const Names names(paths);
  AssignedBoxes assigned;
  for (const auto& [id, boxes] : images) {
    const std::vector<std::string> found = names.find(id);
    if (found.empty()) {
      if (assigned.left == 0) assigned.first_left = id;
      assigned.left += boxes.size();
    }
    for (const std::string& path : found) {
      std::vector<PersonBox>& of_image = assigned.boxes[path];
      of_image.insert(of_image.end(), boxes.begin(), boxes.end());
    }
  }
  return assigned;
}

std::vector<PersonBox> clip_boxes(const std::vector<PersonBox>& boxes, int h, int w, std::string& problem) {
  std::vector<PersonBox> inside;
  for (const PersonBox& given : boxes) {
    const Box box = clip(given.box, h, w);
    if (box.x1 < box.x2 && box.y1 < box.y2) {
      inside.push_back({box, given.score});
    } else if (problem.empty()) {
      problem = fmt::format("expected boxes that overlap the image of {} x {} (width x height), found corners ({}, {}), ({}, {})", w, h, given.box.x1,
                            given.box.y1, given.box.x2, given.box.y2);
    }
  }
  const std::size_t outside = boxes.size() - inside.size();
  if (outside > 1) problem += fmt::format(" and {} more", outside - 1);
  return inside;
}

} // namespace pose
