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

struct DarknetHeader {
  std::size_t bytes; // before the first float
  bool above_1000;   // the major or minor version
};

// The version comes first, then the number of training images, which became 64-bit later.
DarknetHeader read_darknet_header(std::span<const std::byte> bytes, const std::string& path) {
  std::array<std::int32_t, 3> version{}; // major, minor, revision
  std::size_t size = sizeof version + sizeof(std::int32_t);
  if (bytes.size() >= sizeof version) {
    std::memcpy(version.data(), bytes.data(), sizeof version);
    const bool wide = std::int64_t(version[0]) * 10 + version[1] >= 2 && version[0] < 1000 && version[1] < 1000;
    if (wide) size = sizeof version + sizeof(std::int64_t);
  }
  if (bytes.size() < size) fail("{}: expected a Darknet header of {} bytes, found {}", path, size, bytes.size());
  return {size, version[0] > 1000 || version[1] > 1000};
}

std::shared_ptr<const std::vector<float>> transposed(const float* from, std::size_t rows, std::size_t columns) {
  auto to = std::make_shared<std::vector<float>>(rows * columns);
  for (std::size_t r = 0; r < rows; r++) {
    for (std::size_t c = 0; c < columns; c++) (*to)[c * rows + r] = *from++;
  }
  return to;
}

} // namespace

WeightStore read_darknet(const std::string& path, const std::vector<ParamSpec>& specs) {
  const auto file = MappedFile::open(path);
  std::span<const std::byte> rest = file->bytes();
  const DarknetHeader header = read_darknet_header(rest, path);
  rest = rest.subspan(header.bytes);

  WeightStore store(path);
  store.keep_file(file);
  for (const ParamSpec& spec : specs) {
    const std::size_t floats = rest.size() / sizeof(float);
    if (std::size_t(spec.count()) > floats)
      fail("{}: ends in {}: expected {} floats, found {} and {} bytes", path, spec.name, spec.count(), floats, rest.size() % sizeof(float));
    const auto* data = reinterpret_cast<const float*>(rest.data()); // both header sizes keep the floats aligned
    if (spec.stored.kind == StoredOrder::transposed || (spec.stored.kind == StoredOrder::transposed_above_1000 && header.above_1000)) {
      const auto copy = transposed(data, std::size_t(spec.stored.rows), std::size_t(spec.count() / spec.stored.rows));
      data = copy->data();
      store.keep(copy);
    }
    store.add(spec.name, spec.shape, data);
    rest = rest.subspan(std::size_t(spec.count()) * sizeof(float));
  }
  if (!rest.empty()) fail("{}: expected the end after {}, found {} more bytes", path, specs.empty() ? "the header" : specs.back().name, rest.size());
  store.expect_finite();
  return store;
}

} // namespace pose
