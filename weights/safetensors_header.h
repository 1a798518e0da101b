// Parser of the JSON header of a safetensors file.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pose {

struct SafetensorsEntry {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::int64_t begin = 0, end = 0; // byte range in the data part
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries; // in the order of the header
  std::map<std::string, std::string> metadata;
};

// Parses the header.  Throws Error for anything but an object of {dtype, shape, data_offsets} objects and one "__metadata__" object of strings.
// Sizes and offsets are checked to be integers from 0 to 2^63 - 1.  They are not checked against the data.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& source);

} // namespace pose
