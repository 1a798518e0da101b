// Implements source_tree() of paths.h.  Compiled twice: for the build tree with its path, for what is installed without.
// SPDX-License-Identifier: MIT
#include "nets/paths.h"

namespace pose {

std::optional<std::filesystem::path> source_tree() {
#ifdef POSE_PROJECT_DIR
  return POSE_PROJECT_DIR;
#else
  return std::nullopt;
#endif
}

} // namespace pose
