// Lists of images (--list).
// SPDX-License-Identifier: MIT
#include "cli/inputs.h"
#include "fuzz/memory_file.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

std::string read(View bytes) {
  static MemoryFile file;
  apps::InputOptions options;
  options.list = file.write(bytes);
  options.indir = "folder";
  const apps::Inputs inputs = apps::inputs_of(options);
  return fmt::format("{} images {} clips", inputs.images.size(), inputs.clips.size());
}

const Registration registration({"list", {256 << 10, 512}, read});

} // namespace
} // namespace pose::fuzz
