// CfgSection: a section of a Darknet .cfg file.
// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pose {

// One [section]. take_... reads a key and marks it as read.  For an absent key it returns the fallback, or throws Error without one.  Every Error
// reads "source:line: [section] key: expected ..., found ...".
class CfgSection {
public:
  CfgSection(std::string source, std::string name, int line) : source_(std::move(source)), name_(std::move(name)), line_(line) {}

  const std::string& name() const { return name_; }
  void add(const std::string& key, std::string value, int line); // of a key that is given twice, the first counts, as in Darknet

  int take_int(const std::string& key, std::optional<int> fallback, int low, int high);
  bool take_flag(const std::string& key); // 0 or 1; absent: 0
  float take_float(const std::string& key, std::optional<float> fallback, float low, float high);
  std::string take_text(const std::string& key, std::optional<std::string> fallback);
  // Reads comma-separated integers; a comma may end the list.  Returns an empty list when the key is absent.
  std::vector<int> take_ints(const std::string& key, int low, int high);
  std::vector<float> take_floats(const std::string& key, float low, float high);

  // Marks keys that inference ignores as read.  The names are separated by blanks.
  void skip(std::string_view keys);
  void expect_all_taken() const;

  // Throw Error at the line of the section, or of a key in it.
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

// Parses lines: "[section]", "key = value" or blank; # and ; start a comment.  `source` is used in messages.
std::vector<CfgSection> parse_cfg_sections(std::string_view text, const std::string& source);

} // namespace pose
