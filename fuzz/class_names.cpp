// Names of a detector's classes, and their parents.
// SPDX-License-Identifier: MIT
#include "nets/class_names.h"
#include "fuzz/memory_file.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

std::string read_names(View bytes) {
  static MemoryFile file;
  const std::vector<std::string> names = read_class_names(file.write(bytes));
  return fmt::format("{} names, person {}", names.size(), person_class(names));
}

std::string read_parents(View bytes) {
  static MemoryFile file;
  return fmt::format("{} parents", read_class_parents(file.write(bytes)).size());
}

constexpr MemoryBound kMemory{256 << 10, 512};
const Registration names({"class_names", kMemory, read_names});
const Registration parents({"class_parents", kMemory, read_parents});

} // namespace
} // namespace pose::fuzz
