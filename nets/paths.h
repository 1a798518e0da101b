// Locations of the data of this project: cfg files and trained weights.
// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

namespace pose {

// Returns the source tree of a program in the build tree, or nothing for an installed one.
std::optional<std::filesystem::path> source_tree();

// Returns share/alphapose.cpp of the prefix of this program or shared library, wherever the prefix was moved, or nothing if it does not exist.
std::optional<std::filesystem::path> installed_data();

} // namespace pose
