// Where the project's own data are: cfg files and trained weights.
// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

namespace pose {

// Returns the source tree that a program of the build tree belongs to; nothing for what is installed.
std::optional<std::filesystem::path> source_tree();

// Returns share/alphapose.cpp of the prefix that this program or shared library is installed in, wherever that was moved; nothing where there is none.
std::optional<std::filesystem::path> installed_data();

} // namespace pose
