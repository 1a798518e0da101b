// Implements json.h: AlphaPose's JSON formats, as Python's json.dumps would write them.
// SPDX-License-Identifier: MIT
#include "postprocess/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>
#include <system_error>

namespace pose {

namespace {

constexpr std::array<std::size_t, kJoints + 1> kOpenPoseOrder = {0, kNeck, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3};

void append_joint(std::string& out, double x, double y, double score) {
  if (out.back() != '[') out += ", ";
  out += python_number(x) + ", " + python_number(y) + ", " + python_number(score);
}

void append_joint(std::string& out, const Person& person, std::size_t k) {
  append_joint(out, person.joints[k].x, person.joints[k].y, person.scores[k]);
}

// Appends the neck.  It is computed from Python floats, that is in double, unlike everything before it.
void append_neck(std::string& out, const Person& person) {
  const auto middle = [](float a, float b) { return (double(a) + double(b)) / 2; };
  const Point left = person.joints[kLeftShoulder], right = person.joints[kRightShoulder];
  append_joint(out, middle(left.x, right.x), middle(left.y, right.y), middle(person.scores[kLeftShoulder], person.scores[kRightShoulder]));
}

std::string coco_person(const std::string& name, const Person& person) {
  std::string out = "{\"image_id\": " + python_string(name) + ", \"category_id\": 1, \"keypoints\": [";
  for (std::size_t k = 0; k < person.joints.size(); ++k) append_joint(out, person, k);
  return out + "], \"score\": " + python_number(person.proposal_score) + "}";
}

// Writes COCO's keypoints and the neck.
std::string body(const Person& any, std::string_view key) {
  const Person person = with_joints(any, coco_joints());
  std::string out = fmt::format("{{\"{}\": [", key);
  for (std::size_t k : kOpenPoseOrder) {
    if (k == kNeck) {
      append_neck(out, person);
    } else {
      append_joint(out, person, k);
    }
  }
  return out + "]}";
}

// A code point and the number of bytes of its UTF-8 sequence; 0 bytes if the text does not start with a well-formed one.  Strict as Python: no
// overlong form, no surrogate, nothing above U+10FFFF.
struct CodePoint {
  std::size_t bytes = 0;
  std::uint32_t value = 0;
};

CodePoint decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  std::uint32_t value = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  return overlong || surrogate || value > 0x10ffff ? CodePoint{} : CodePoint{length, value};
}

std::string escape(std::uint32_t code) {
  switch (code) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  if (code >= ' ' && code <= '~') return std::string(1, char(code));
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  const std::uint32_t offset = code - 0x10000; // UTF-16 surrogate pair
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (offset >> 10), 0xdc00 + (offset & 0x3ff));
}

// Code points that carry a byte XX >= 0x80 which is not UTF-8: this + XX.
constexpr std::uint32_t kSurrogateEscape = 0xdc00; // Python's
constexpr std::uint32_t kStrayBytes = 0xef00;      // in the private use area

bool is_stray(std::uint32_t code, std::uint32_t strays) {
  return code >= strays + 0x80 && code <= strays + 0xff;
}

std::string quoted(const std::string& utf8, std::uint32_t strays) {
  std::string out = "\"";
  for (std::string_view rest = utf8; !rest.empty();) {
    const auto [bytes, value] = decode_utf8(rest);
    if (bytes == 0 || is_stray(value, strays)) {
      out += escape(strays + static_cast<unsigned char>(rest.front()));
      rest.remove_prefix(1);
    } else {
      out += escape(value);
      rest.remove_prefix(bytes);
    }
  }
  return out + "\"";
}

} // namespace

std::vector<ImageResult> by_name(const std::vector<ImageResult>& results) {
  std::vector<ImageResult> merged;
  std::map<std::string_view, std::size_t> place;
  for (const ImageResult& result : results) {
    if (result.people.empty()) continue;
    const auto [found, is_new] = place.try_emplace(result.name, merged.size());
    if (is_new) merged.push_back({result.name, {}});
    std::vector<Person>& people = merged[found->second].people;
    people.insert(people.end(), result.people.begin(), result.people.end());
  }
  return merged;
}

std::string format_image(const ImageResult& result, JsonFormat format) {
  assert(format != JsonFormat::coco);
  const bool cmu = format == JsonFormat::cmu;
  std::string out = fmt::format("{{\"version\": \"AlphaPose v0.2\", \"{}\": [", cmu ? "bodies" : "people");
  for (const Person& person : result.people) {
    if (out.back() != '[') out += ", ";
    out += body(person, cmu ? "joints" : "pose_keypoints_2d");
  }
  return out + "]}";
}

std::string format_results(const std::vector<ImageResult>& results, JsonFormat format) {
  if (format == JsonFormat::coco) {
    std::string out = "[";
    for (const ImageResult& result : results) {
      for (const Person& person : result.people) {
        if (out.size() > 1) out += ", ";
        out += coco_person(result.name, person);
      }
    }
    return out + "]";
  }
  std::string out = "{";
  for (const ImageResult& result : by_name(results)) {
    if (out.size() > 1) out += ", ";
    out += python_string(result.name) + ": " + format_image(result, format);
  }
  return out + "}";
}

std::string sep_json_stem(const std::string& name) {
  return name.substr(0, name.find('.'));
}

std::string python_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  const double size = std::fabs(value);
  // float.__repr__ uses the exponent form when the decimal point would be left of 4 zeros or right of 16 digits.
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, fixed ? std::chars_format::fixed : std::chars_format::scientific);
  assert(error == std::errc());
  std::string out(text.data(), end);
  if (fixed && out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string python_string(const std::string& utf8) {
  return quoted(utf8, kSurrogateEscape);
}

std::string strict_string(const std::string& text) {
  return quoted(text, kStrayBytes);
}

std::string decode_strays(const std::string& utf8) {
  std::string text;
  for (std::string_view rest = utf8; !rest.empty();) {
    const auto [bytes, value] = decode_utf8(rest);
    if (is_stray(value, kStrayBytes)) {
      text += char(value - kStrayBytes);
    } else {
      text += rest.substr(0, std::max<std::size_t>(bytes, 1));
    }
    rest.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return text;
}

} // namespace pose
