// strict_json: JSON from untrusted files.  Every message names the place, what was expected and what was found.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace pose {

// Parses JSON of limited size (a graph of 1000 nodes takes half a megabyte) and depth.  Throws Error("{where}: ...") for bad syntax, and for an
// object with the same key twice.
nlohmann::json parse_strict_json(const std::string& text, const std::string& where, std::size_t most_bytes = 4 << 20);

// Throws Error("{where}: expected {expected}, found {the start of the value}").
[[noreturn]] void fail_value(const std::string& where, const std::string& expected, const nlohmann::json& found);

// An object whose members must all be read.  It refers to the value, which must outlive it.
class JsonObject {
public:
  JsonObject(const nlohmann::json& value, std::string where);

  const nlohmann::json& operator[](const char* name); // throws Error when missing
  bool has(const char* name) const { return value_.contains(name); }
  std::string at(const std::string& name) const { return where_ + ": " + name; }
  const std::string& where() const { return where_; }
  void finish() const; // throws an Error that names a member that was not read

private:
  const nlohmann::json& value_;
  std::string where_;
  std::set<std::string> read_;
};

// Read a value.  Each throws Error when the value is of another type or out of range.
void read_value(const nlohmann::json& value, const std::string& where, bool& out);
void read_value(const nlohmann::json& value, const std::string& where, int& out);         // 0 to kMaxSide: sizes, counts, offsets
void read_value(const nlohmann::json& value, const std::string& where, float& out);       // rounded; finite
void read_value(const nlohmann::json& value, const std::string& where, std::string& out); // short, fits on a line of text
void read_value(const nlohmann::json& value, const std::string& where, std::vector<std::string>& out);

template <class T> void read_list(const nlohmann::json& value, const std::string& where, std::size_t count, T* out) {
  if (!value.is_array() || value.size() != count) fail_value(where, "a list of " + std::to_string(count), value);
  for (std::size_t i = 0; i < count; i++) read_value(value[i], where + "[" + std::to_string(i) + "]", out[i]);
}

} // namespace pose
