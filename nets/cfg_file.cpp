// Implements cfg_file.h: the line grammar of Darknet .cfg files.  It is stricter than Darknet's: no value is guessed.
// SPDX-License-Identifier: MIT
#include "nets/cfg_file.h"

#include "tensor/error.h"

#include <algorithm>
#include <charconv>

namespace pose {
namespace {

constexpr std::size_t kMaxText = 1 << 20;   // bytes; the largest published file has 25 000
constexpr std::size_t kMaxSections = 10000; // the longest published file has 306
constexpr const char* kBlanks = " \t\r\v\f";

std::string_view trim(std::string_view s) {
  const std::size_t first = s.find_first_not_of(kBlanks);
  return first == s.npos ? std::string_view{} : s.substr(first, s.find_last_not_of(kBlanks) - first + 1);
}

// Returns text of the file for use in a message: one line, printable, limited in length.
std::string printable(std::string_view s) {
  constexpr std::size_t kMost = 60;
  std::string text(s.substr(0, kMost));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return s.size() > kMost ? text + "..." : text;
}

std::string quoted(std::string_view s) {
  return '"' + printable(s) + '"';
}

// Removes the part before the next `separator` from the front of `rest`, and returns it.
std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

} // namespace

void CfgSection::add(const std::string& key, std::string value, int line) {
  entries_.try_emplace(key, Entry{std::move(value), line, false});
}

const CfgSection::Entry* CfgSection::take(const std::string& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return nullptr;
  it->second.taken = true;
  return &it->second;
}

template <class T> T CfgSection::number(const std::string& key, std::string_view text, T low, T high) const {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const bool parsed = error == std::errc{} && rest == end;
  if (!parsed || !(value >= low && value <= high)) { // the condition is false for NaN
    fail_at(key, fmt::format("expected {} from {} to {}, found {}", std::is_integral_v<T> ? "an integer" : "a number", low, high, quoted(text)));
  }
  return value;
}

template <class T> std::vector<T> CfgSection::numbers(const std::string& key, T low, T high) {
  std::vector<T> values;
  const Entry* entry = take(key);
  if (entry == nullptr) return values;
  std::string_view rest = entry->value;
  if (rest.size() > 1 && rest.back() == ',') rest.remove_suffix(1);
  const std::size_t count = std::size_t(std::count(rest.begin(), rest.end(), ',')) + 1;
  for (std::size_t i = 0; i < count; i++) values.push_back(number(key, trim(cut(rest, ',')), low, high));
  return values;
}

int CfgSection::take_int(const std::string& key, std::optional<int> fallback, int low, int high) {
  const Entry* entry = take(key);
  if (entry != nullptr) return number(key, entry->value, low, high);
  if (!fallback) fail_here(fmt::format("{}: expected an integer from {} to {}, found no such key", key, low, high));
  return *fallback;
}

bool CfgSection::take_flag(const std::string& key) {
  return take_int(key, 0, 0, 1) == 1;
}

float CfgSection::take_float(const std::string& key, std::optional<float> fallback, float low, float high) {
  const Entry* entry = take(key);
  if (entry != nullptr) return number(key, entry->value, low, high);
  if (!fallback) fail_here(fmt::format("{}: expected a number from {} to {}, found no such key", key, low, high));
  return *fallback;
}

std::string CfgSection::take_text(const std::string& key, std::optional<std::string> fallback) {
  const Entry* entry = take(key);
  if (entry != nullptr) return entry->value;
  if (!fallback) fail_here(key + ": expected a value, found no such key");
  return *fallback;
}

std::vector<int> CfgSection::take_ints(const std::string& key, int low, int high) {
  return numbers(key, low, high);
}

std::vector<float> CfgSection::take_floats(const std::string& key, float low, float high) {
  return numbers(key, low, high);
}

void CfgSection::skip(std::string_view keys) {
  while (!keys.empty()) take(std::string(cut(keys, ' ')));
}

void CfgSection::expect_all_taken() const {
  for (const auto& [key, entry] : entries_) {
    if (!entry.taken) fail_at(key, "unknown key");
  }
}

void CfgSection::fail_here(const std::string& message) const {
  fail("{}:{}: [{}] {}", source_, line_, printable(name_), message);
}

void CfgSection::fail_at(const std::string& key, const std::string& message) const {
  const auto it = entries_.find(key);
  fail("{}:{}: [{}] {}: {}", source_, it == entries_.end() ? line_ : it->second.line, printable(name_), printable(key), message);
}

std::vector<CfgSection> parse_cfg_sections(std::string_view text, const std::string& source) {
  if (text.size() > kMaxText) fail("{}: expected at most {} bytes, found {}", source, kMaxText, text.size());
  std::vector<CfgSection> sections;
  for (int number = 1; !text.empty(); number++) {
    std::string_view line = cut(text, '\n');
    line = trim(line.substr(0, line.find_first_of("#;")));
    if (line.empty()) continue;
    if (line.front() == '[') {
      if (line.size() < 3 || line.back() != ']') fail("{}:{}: expected [section], found {}", source, number, quoted(line));
      if (sections.size() == kMaxSections) fail("{}:{}: expected at most {} sections", source, number, kMaxSections);
      sections.emplace_back(source, std::string(line.substr(1, line.size() - 2)), number);
      continue;
    }
    std::string_view value = line;
    const std::string_view key = trim(cut(value, '='));
    value = trim(value);
    if (sections.empty()) fail("{}:{}: expected [section] before the first key, found {}", source, number, quoted(line));
    if (key.empty() || value.empty()) fail("{}:{}: expected key = value, found {}", source, number, quoted(line));
    sections.back().add(std::string(key), std::string(value), number);
  }
  return sections;
}

} // namespace pose
