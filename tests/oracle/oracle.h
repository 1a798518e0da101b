// Oracle: the reference cases of $POSE_ORACLE_DIR, read as they are found there.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/npy.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pose::oracle {

// $POSE_ORACLE_DIR, else ../shared/oracle beside the project's source tree.
std::filesystem::path dir();

// One NAME.json with its NAME.npz (empty when there is none).
struct Case {
  std::string name;
  nlohmann::json info;
  std::map<std::string, NpyArray> arrays;

  std::vector<float> f32(const std::string& key) const { return arrays.at(key).as<float>(); }
  const std::vector<std::int64_t>& shape(const std::string& key) const { return arrays.at(key).shape; }
};

// All cases of a folder, sorted by name; `load_arrays` false leaves the npz unread.
std::vector<std::string> case_names(const std::string& folder);
Case load(const std::string& folder, const std::string& name);

// A picture that a case names: dir()/photos, then photos/ beside the oracle's folder.
std::filesystem::path picture(const std::string& name);
// A file of weights_side.
std::filesystem::path side_file(const std::string& name);
std::string read_text(const std::filesystem::path& path);

} // namespace pose::oracle
