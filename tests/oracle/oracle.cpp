// Finding and reading the reference cases, and main(): exit code 77 tells Meson that there are none.
// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/oracle/oracle.h"

#include "tensor/error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace pose::oracle {

fs::path dir() {
  const char* set = std::getenv("POSE_ORACLE_DIR");
  return set != nullptr && *set != '\0' ? fs::path(set) : fs::path(POSE_SOURCE_DIR) / "../shared/oracle";
}

std::vector<std::string> case_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir() / folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) fail("{}: no case found", (dir() / folder).string());
  return names;
}

Case load(const std::string& folder, const std::string& name) {
  const fs::path base = dir() / folder / name;
  Case c{name, nlohmann::json::parse(read_text(base.string() + ".json")), {}};
  const std::string npz = base.string() + ".npz";
  if (fs::exists(npz)) c.arrays = read_npz(npz);
  return c;
}

fs::path picture(const std::string& name) {
  for (const fs::path& p : {dir() / "photos" / name, dir().parent_path() / "photos" / name, fs::path(POSE_SOURCE_DIR) / "../shared/photos" / name}) {
    if (fs::exists(p)) return p;
  }
  fail("{}: picture not found beside {}", name, dir().string());
}

fs::path side_file(const std::string& name) {
  return dir() / "weights_side" / name;
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
  if (!fs::is_directory(pose::oracle::dir())) {
    std::fprintf(stderr, "skipped: no oracle at %s ($POSE_ORACLE_DIR)\n", pose::oracle::dir().c_str());
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
