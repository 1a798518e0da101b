// Finds and reads the recorded cases; main() returns 77, Meson's code for a skipped test, when none of the requested sets is found.
// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/oracle/oracle.h"

#include "tensor/error.h"
#include "tests/run_tests.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace pose::oracle {
namespace {

const fs::path kProject = POSE_SOURCE_DIR;

// Returns the folder that holds all sets.
fs::path big_root() {
  const char* set = std::getenv("POSE_ORACLE_DIR");
  return set != nullptr && *set != '\0' ? fs::path(set) : (kProject / ".." / "shared" / "oracle").lexically_normal();
}

// Maps a set to its folder, "" for a set that is not found.
using Folders = std::map<std::string, fs::path>;

Folders& requested() {
  static Folders folders;
  return folders;
}

fs::path find(const std::string& set) {
  const auto [known, is_new] = requested().try_emplace(set);
  if (!is_new) return known->second;
  for (const fs::path& root : {big_root(), kProject / "tests" / "data" / "oracle"}) {
    if (!fs::is_directory(root / set)) continue;
    std::printf("cases of %s: %s\n", set.c_str(), (root / set).c_str());
    return known->second = root / set;
  }
  std::printf("skipped: cases of %s: none in %s ($POSE_ORACLE_DIR) or tests/data/oracle\n", set.c_str(), big_root().c_str());
  return {};
}

} // namespace

bool has(const std::string& set) {
  return !find(set).empty();
}

fs::path dir(const std::string& set) {
  const fs::path folder = find(set);
  if (folder.empty()) fail("{}: no such set of recorded cases", set);
  return folder;
}

std::vector<std::string> case_names(const std::string& set) {
  std::vector<std::string> names;
  if (!has(set)) return names;
  for (const auto& entry : fs::directory_iterator(dir(set))) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) fail("{}: no case found", dir(set).string());
  return names;
}

Case load(const std::string& set, const std::string& name) {
  const fs::path base = dir(set) / name;
  Case c{name, nlohmann::json::parse(read_text(base.string() + ".json")), {}};
  const std::string npz = base.string() + ".npz";
  if (fs::exists(npz)) c.arrays = read_npz(npz);
  return c;
}

fs::path picture(const std::string& name) {
  const fs::path root = big_root();
  for (const fs::path& folder : {root, root.parent_path(), kProject.parent_path() / "shared"}) {
    if (fs::exists(folder / "photos" / name)) return folder / "photos" / name;
  }
  fail("{}: image not found in photos/ of {} or next to it", name, root.string());
}

fs::path side_file(const std::string& name) {
  return dir("weights_side") / name;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("{}: cannot be read", path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace pose::oracle

int main(int argc, char** argv) {
  const int code = pose::testing::run_tests(argc, argv);
  const auto& sets = pose::oracle::requested();
  const bool all_missing = !sets.empty() && std::all_of(sets.begin(), sets.end(), [](const auto& set) { return set.second.empty(); });
  if (code != 0 || !all_missing) return code;
  // The last line is the reason that scripts/test prints.
  std::printf("skipped: no recorded cases in %s ($POSE_ORACLE_DIR)\n", pose::oracle::big_root().c_str());
  return 77;
}
