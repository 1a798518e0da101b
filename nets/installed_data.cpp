// Implements installed_data() of paths.h: searches from the binary that contains this code.
// SPDX-License-Identifier: MIT
#include "nets/paths.h"

#include <dlfcn.h>

namespace fs = std::filesystem;

namespace pose {
namespace {

// Returns share/alphapose.cpp in the nearest folder above the file that has one.  bin/ is one level below the prefix, lib/ARCH/ two.
std::optional<fs::path> data_above(const fs::path& file) {
  constexpr int kMostLevels = 4;
  std::error_code error;
  fs::path folder = fs::canonical(file, error).parent_path();
  for (int level = 0; level < kMostLevels && !error && folder.has_relative_path(); level++) {
    folder = folder.parent_path();
    if (fs::is_directory(folder / "share" / "alphapose.cpp", error)) return folder / "share" / "alphapose.cpp";
    error.clear();
  }
  return std::nullopt;
}

} // namespace

std::optional<fs::path> installed_data() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&installed_data), &info) != 0 && info.dli_fname != nullptr) {
    if (const std::optional<fs::path> found = data_above(info.dli_fname)) return found;
  }
  return data_above("/proc/self/exe"); // for static programs, dladdr gives the name as typed
}

} // namespace pose
