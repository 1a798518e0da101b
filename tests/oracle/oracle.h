// oracle: reads the recorded cases of the original (tests/data/oracle/README.md), in sets of one folder each.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/npy.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pose::oracle {

// Each set is read from one place: $POSE_ORACLE_DIR or, if that is not set, ../shared/oracle next to the source tree; else tests/data/oracle, which
// holds the small sets.

// Returns whether the set is found.  The first request for a set prints its folder, or that it is skipped and why.
bool has(const std::string& set);
// Returns the folder of a set.  Throws Error where there is none.
std::filesystem::path dir(const std::string& set);

// One NAME.json with its NAME.npz (empty if there is none).
struct Case {
  std::string name;
  nlohmann::json info;
  std::map<std::string, NpyArray> arrays;

  bool has(const std::string& key) const { return arrays.count(key) > 0; }
  std::vector<float> f32(const std::string& key) const { return arrays.at(key).as<float>(); }
  const std::vector<std::int64_t>& shape(const std::string& key) const { return arrays.at(key).shape; }
};

// Returns the sorted names of all cases of a set; none if the set is not found.  Throws Error for a folder without cases.
std::vector<std::string> case_names(const std::string& set);
Case load(const std::string& set, const std::string& name);

// Returns the path of an image that a case names: in photos/ of $POSE_ORACLE_DIR, next to it, or in ../shared/photos.
std::filesystem::path picture(const std::string& name);
// Returns the path of a file of weights_side.
std::filesystem::path side_file(const std::string& name);
std::string read_text(const std::filesystem::path& path);

} // namespace pose::oracle
