// Implements strict_json.h: a JSON reader with limits on size, depth and values.
// SPDX-License-Identifier: MIT
#include "nets/strict_json.h"

#include "ops/infer.h"
#include "tensor/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pose {

using nlohmann::json;

namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxString = 512;

std::string excerpt(const json& value) {
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > 60) text.replace(57, text.npos, "...");
  return text;
}

} // namespace

json parse_strict_json(const std::string& text, const std::string& where, std::size_t most_bytes) {
  if (text.size() > most_bytes) fail("{}: expected at most {} bytes, found {}", where, most_bytes, text.size());
  if (text.find('\0') != text.npos) fail("{}: expected JSON, found a zero byte", where); // nlohmann::json would end there
  std::vector<std::set<std::string>> keys; // of the open objects; the library would keep the last of equal keys
  const json::parser_callback_t check = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kMaxDepth) fail("{}: expected at most {} levels of nesting, found more", where, kMaxDepth);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail("{}: expected each field once, found {} twice", where, excerpt(value));
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& e) {
    fail("{}: {}", where, e.what());
  }
}

void fail_value(const std::string& where, const std::string& expected, const json& found) {
  fail("{}: expected {}, found {}", where, expected, excerpt(found));
}

JsonObject::JsonObject(const json& value, std::string where) : value_(value), where_(std::move(where)) {
  if (!value.is_object()) fail_value(where_, "an object", value);
}

const json& JsonObject::operator[](const char* name) {
  const auto it = value_.find(name);
  if (it == value_.end()) fail("{}: expected a field of that name, found none", at(name));
  read_.insert(name);
  return *it;
}

void JsonObject::finish() const {
  for (const auto& item : value_.items()) {
    if (read_.count(item.key()) == 0) fail("{}: expected no other field, found {}", where_, excerpt(item.key()));
  }
}

void read_value(const json& value, const std::string& where, bool& out) {
  if (!value.is_boolean()) fail_value(where, "true or false", value);
  out = value.get<bool>();
}

void read_value(const json& value, const std::string& where, int& out) {
  const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() <= std::uint64_t(kMaxSide);
  if (!fits) fail_value(where, fmt::format("an integer, 0 to {}", kMaxSide), value);
  out = value.get<int>();
}

void read_value(const json& value, const std::string& where, float& out) {
  constexpr double kMax = std::numeric_limits<float>::max();
  if (!value.is_number() || !(std::fabs(value.get<double>()) <= kMax)) fail_value(where, "a number that fits in float32", value);
  out = float(value.get<double>());
}

void read_value(const json& value, const std::string& where, std::string& out) {
  if (!value.is_string()) fail_value(where, "a string", value);
  out = value.get<std::string>();
  const bool clean = std::none_of(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!clean || out.size() > kMaxString) fail_value(where, fmt::format("at most {} bytes without control characters", kMaxString), value);
}

void read_value(const json& value, const std::string& where, std::vector<std::string>& out) {
  if (!value.is_array()) fail_value(where, "a list of strings", value);
  out.resize(value.size());
  read_list(value, where, out.size(), out.data());
}

} // namespace pose
