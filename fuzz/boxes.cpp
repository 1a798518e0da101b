// Boxes of people (--boxes).
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"
#include "fuzz/memory_file.h"
#include "pose/boxes_file.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

std::string read(View bytes) {
  static MemoryFile file;
  std::size_t count = 0;
  const BoxesFile boxes = read_boxes(file.write(bytes));
  for (const auto& [name, list] : boxes.images) count += list.size();
  return fmt::format("{} boxes of {} images", count, boxes.images.size());
}

const Registration registration({"boxes", {256 << 10, 512}, read, edit_json});

} // namespace
} // namespace pose::fuzz
