// Implements darknet.h.  The layout follows load_weights_upto of Darknet's parser.c (docs/spec.md, section 3).
// SPDX-License-Identifier: MIT
#include "weights/darknet.h"

#include "tensor/error.h"
#include "tensor/file.h"

#include <array>
#include <bit>
#include <cstring>

namespace pose {

namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and are mapped as they are");

// Returns the number of bytes before the first float: the version, and the number of training images, which became 64-bit later.
std::size_t header_bytes(std::span<const std::byte> bytes, const std::string& path) {
  std::array<std::int32_t, 3> version{}; // major, minor, revision
  std::size_t size = sizeof version + sizeof(std::int32_t);
  if (bytes.size() >= sizeof version) {
    std::memcpy(version.data(), bytes.data(), sizeof version);
    const bool wide = std::int64_t(version[0]) * 10 + version[1] >= 2 && version[0] < 1000 && version[1] < 1000;
    if (wide) size = sizeof version + sizeof(std::int64_t);
  }
  if (bytes.size() < size) fail("{}: expected a Darknet header of {} bytes, found {}", path, size, bytes.size());
  return size;
}

} // namespace

WeightStore read_darknet(const std::string& path, const std::vector<ParamSpec>& specs) {
  const auto file = MappedFile::open(path);
  std::span<const std::byte> rest = file->bytes();
  rest = rest.subspan(header_bytes(rest, path));

  WeightStore store(path);
  store.keep_file(file);
  for (const ParamSpec& spec : specs) {
    const std::size_t floats = rest.size() / sizeof(float);
    if (std::size_t(spec.count()) > floats)
      fail("{}: ends in {}: expected {} floats, found {} and {} bytes", path, spec.name, spec.count(), floats, rest.size() % sizeof(float));
    store.add(spec.name, spec.shape, reinterpret_cast<const float*>(rest.data())); // both header sizes keep the floats aligned
    rest = rest.subspan(std::size_t(spec.count()) * sizeof(float));
  }
  if (!rest.empty()) fail("{}: expected the end after {}, found {} more bytes", path, specs.empty() ? "the header" : specs.back().name, rest.size());
  store.expect_finite();
  return store;
}

} // namespace pose
