// Implements parse_line of jsonl.h: strict reading, with the place of an error.
// SPDX-License-Identifier: MIT
#include "postprocess/json.h"
#include "results/jsonl.h"
#include "tensor/error.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace pose {

namespace {

using Json = nlohmann::json;

// A value of a line, and its path for messages.  Printing or copying values of a hostile line could overflow the stack: neither happens here.
struct Node {
  const Json& value;
  const std::string& place; // FILE:LINE
  const Node* parent = nullptr;
  const char* key = nullptr; // in an object; else `index` counts
  std::size_t index = 0;

  std::string path() const {
    if (parent == nullptr) return "";
    const std::string above = parent->path();
    if (key == nullptr) return fmt::format("{}[{}]", above, index);
    return above.empty() ? key : above + "." + key;
  }
};

std::string describe(const Json& value) {
  constexpr std::size_t kShown = 40;
  if (value.is_object()) return "an object";
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  if (!value.is_string()) return value.dump();
  const std::string text = value.dump(-1, ' ', true);
  return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
}

[[noreturn]] void unexpected(const Node& node, std::string_view expected) {
  const std::string path = node.path();
  fail<DataError>("{}: {}expected {}, found {}", node.place, path.empty() ? "" : path + ": ", expected, describe(node.value));
}

const Json* find(const Node& node, const char* key) {
  if (!node.value.is_object()) unexpected(node, "an object");
  const auto found = node.value.find(key);
  return found == node.value.end() ? nullptr : &*found;
}

Node member(const Node& node, const char* key) {
  const Json* const value = find(node, key);
  if (value == nullptr) fail<DataError>("{}: {}expected the key {}, found none", node.place, node.parent ? node.path() + ": " : "", key);
  return {*value, node.place, &node, key};
}

Node element(const Node& list, std::size_t index) {
  return {list.value[index], list.place, &list, nullptr, index};
}

const std::string& text_of(const Node& node) {
  if (!node.value.is_string()) unexpected(node, "a string");
  return node.value.get_ref<const std::string&>();
}

std::int64_t whole_number(const Node& node, std::int64_t least, std::int64_t most) {
  const auto expected = [&] { return fmt::format("an integer from {} to {}", least, most); };
  if (!node.value.is_number_integer()) unexpected(node, expected());
  const bool fits = !node.value.is_number_unsigned() || node.value.get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<std::int64_t>::max());
  const std::int64_t number = fits ? node.value.get<std::int64_t>() : -1;
  if (!fits || number < least || number > most) unexpected(node, expected());
  return number;
}

bool flag(const Node& node) {
  if (!node.value.is_boolean()) unexpected(node, "true or false");
  return node.value.get<bool>();
}

// Returns NaN for null.
float number(const Node& node) {
  if (node.value.is_null()) return std::numeric_limits<float>::quiet_NaN();
  const double value = node.value.is_number() ? node.value.get<double>() : std::numeric_limits<double>::infinity();
  if (!(std::abs(value) <= double(std::numeric_limits<float>::max()))) unexpected(node, "a number of 32 bits or null");
  return float(value);
}

std::optional<double> time_of(const Node& node) {
  if (node.value.is_null()) return std::nullopt;
  if (!node.value.is_number()) unexpected(node, "seconds or null");
  return node.value.get<double>();
}

// Returns the numbers of a list of N.
template <std::size_t N> std::array<float, N> numbers(const Node& node) {
  if (!node.value.is_array() || node.value.size() != N) unexpected(node, fmt::format("a list of {} numbers", N));
  std::array<float, N> values{};
  for (std::size_t i = 0; i < N; ++i) values[i] = number(element(node, i));
  return values;
}

std::string key_of(const Node& node) {
  constexpr std::size_t kDigits = 16;
  const std::string& key = text_of(node);
  if (key.size() != kDigits || key.find_first_not_of("0123456789abcdef") != std::string::npos) unexpected(node, "16 hexadecimal digits");
  return key;
}

// Returns the set of a person's keypoints: COCO's without the key keypoint_set.  One of another program has the names of the keypoints, in
// alphabetical order.
JointSetRef joint_set_of(const Node& person, const Node& keypoints) {
  if (find(person, "keypoint_set") == nullptr) return coco_joints();
  const Node name = member(person, "keypoint_set");
  if (JointSetRef known = find_joint_set(text_of(name))) return known;
  if (text_of(name).empty()) unexpected(name, "the name of a set");
  if (!keypoints.value.is_object()) unexpected(keypoints, "an object");
  JointSetSpec spec;
  spec.name = text_of(name);
  for (const auto& entry : keypoints.value.items()) spec.names.push_back(entry.key());
  try {
    return make_joint_set(spec);
  } catch (const Error& e) {
    fail<DataError>("{}: {}: {}", keypoints.place, keypoints.path(), e.what());
  }
}

ResultPerson person_of(const Node& node) {
  const Node keypoints = member(node, "keypoints");
  const JointSetRef set = joint_set_of(node, keypoints);
  ResultPerson result;
  result.person = of_set<Person>(set);
  Person& person = result.person;
  const Node id = member(node, "id");
  if (!id.value.is_null()) result.id = int(whole_number(id, 1, std::numeric_limits<int>::max()));
  person.proposal_score = number(member(node, "score"));
  const auto [x1, y1, x2, y2] = numbers<4>(member(node, "box"));
  person.box = {x1, y1, x2, y2};
  person.box_score = number(member(node, "box_score"));
  for (std::size_t k = 0; k < set->size(); ++k) {
    const auto [x, y, score] = numbers<3>(member(keypoints, set->names[k].c_str()));
    person.joints[k] = {x, y};
    person.scores[k] = score;
  }
  if (find(node, "world") != nullptr) {
    const Node world = member(node, "world");
    for (const std::string& name : set->names) {
      const auto [x, y, z] = numbers<3>(member(world, name.c_str()));
      person.world.push_back({x, y, z});
    }
  }
  if (find(node, "smooth") == nullptr) return result;
  const Node smooth = member(node, "smooth");
  result.smooth.emplace(set->size());
  for (std::size_t k = 0; k < set->size(); ++k) {
    const auto [x, y] = numbers<2>(member(smooth, set->names[k].c_str()));
    (*result.smooth)[k] = {x, y};
  }
  return result;
}

// Returns the text of an error, "" where the status is ok.
std::string error_of(const Node& line) {
  const Node status = member(line, "status");
  const std::string& word = text_of(status);
  if (word != "ok" && word != "error") unexpected(status, "ok or error");
  if (word == "ok") {
    const Json* const error = find(line, "error");
    if (error != nullptr) unexpected({*error, line.place, &line, "error"}, "none, since the status is ok");
    return "";
  }
  const Node error = member(line, "error");
  if (text_of(error).empty()) unexpected(error, "a message");
  return decode_strays(text_of(error));
}

} // namespace

FrameResult parse_line(std::string_view text, const std::string& place) {
  constexpr int kMaxSide = std::numeric_limits<int>::max();
  const std::size_t zero = text.find('\0'); // nlohmann::json would end there
  if (zero != text.npos) fail<DataError>("{}: expected JSON, found an error at byte {} of the line", place, zero + 1);
  Json value;
  try {
    value = Json::parse(text);
  } catch (const Json::parse_error& e) {
    fail<DataError>("{}: expected JSON, found an error at byte {} of the line", place, e.byte);
  } catch (const Json::out_of_range&) {
    fail<DataError>("{}: expected numbers of at most 64 bits, found a larger one", place);
  }
  const Node line{value, place};
  const Node schema = member(line, "schema");
  if (schema.value != kResultSchema) unexpected(schema, std::to_string(kResultSchema));
  FrameResult result;
  result.source = decode_strays(text_of(member(line, "source")));
  result.frame = whole_number(member(line, "frame"), 0, std::numeric_limits<std::int64_t>::max());
  result.time = time_of(member(line, "time"));
  result.width = int(whole_number(member(line, "width"), 0, kMaxSide));
  result.height = int(whole_number(member(line, "height"), 0, kMaxSide));
  result.key = key_of(member(line, "key"));
  result.error = error_of(line);
  result.detected = flag(member(line, "detected"));
  const Node people = member(line, "people");
  if (!people.value.is_array()) unexpected(people, "a list of people");
  for (std::size_t i = 0; i < people.value.size(); ++i) result.people.push_back(person_of(element(people, i)));
  return result;
}

} // namespace pose
