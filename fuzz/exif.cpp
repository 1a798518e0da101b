// The EXIF orientation.
// SPDX-License-Identifier: MIT
#include "image/exif.h"
#include "fuzz/target.h"
#include "fuzz/tiff_directory.h"

namespace pose::fuzz {
namespace {

std::string read(View bytes) {
  return std::to_string(exif_orientation(bytes));
}

void edit(Bytes& bytes, Random& random) {
  static constexpr std::uint16_t kTags[] = {0x0112, 0x0100, 0x8769, 0x0112};
  edit_directory(bytes, random, kTags);
}

const Registration registration({"exif", {256, 0}, read, edit});

} // namespace
} // namespace pose::fuzz
