// CfgSection: the lines of a Darknet .cfg file as sections of keys, each of which is read exactly once.
// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pose {

// One [section].  take_... reads a key and ticks it off; a key that is absent gives the fallback, or without one an Error.
// Every Error reads "source:line: [section] key: expected ..., found ...".
class CfgSection {
public:
  CfgSection(std::string source, std::string name, int line) : source_(std::move(source)), name_(std::move(name)), line_(line) {}

  const std::string& name() const { return name_; }
  void add(const std::string& key, std::string value, int line); // throws Error on a key that is there already

  int take_int(const std::string& key, std::optional<int> fallback, int low, int high);
  bool take_flag(const std::string& key); // 0 or 1; absent: 0
  float take_float(const std::string& key, std::optional<float> fallback, float low, float high);
  std::string take_text(const std::string& key, std::optional<std::string> fallback);
  // Comma-separated; empty when the key is absent.
  std::vector<int> take_ints(const std::string& key, int low, int high);
  std::vector<float> take_floats(const std::string& key, float low, float high);

  // Ticks off keys that mean nothing to us, names with blanks between them.
  void skip(std::string_view keys);
  void expect_all_taken() const;

  // Errors at the line of the section, or of a key in it.
  [[noreturn]] void fail_here(const std::string& message) const;
  [[noreturn]] void fail_at(const std::string& key, const std::string& message) const;

private:
  struct Entry {
    std::string value;
    int line = 0;
    bool taken = false;
  };
  const Entry* take(const std::string& key); // null: absent
  template <class T> T number(const std::string& key, std::string_view text, T low, T high) const;
  template <class T> std::vector<T> numbers(const std::string& key, T low, T high);

  std::string source_, name_;
  int line_;
  std::map<std::string, Entry> entries_;
};

// Lines are "[section]", "key = value" or blank; # and ; start a comment.  `source` is for messages.
std::vector<CfgSection> parse_cfg_sections(std::string_view text, const std::string& source);

} // namespace pose
