// Implements safetensors.h: validates the header against the file before it returns any tensor.
// SPDX-License-Identifier: MIT
#include "weights/safetensors.h"

#include "tensor/error.h"
#include "weights/npy_types.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <set>
#include <utility>

namespace pose {

namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and are mapped as they are");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignHeader = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000; // limit of the reference implementation

struct Dtype {
  std::string_view name;
  int bytes;
  bool is_integer;
};

constexpr std::array kDtypes = {
    Dtype{"F32", 4, false}, Dtype{"F16", 2, false}, Dtype{"BF16", 2, false}, Dtype{"F64", 8, false},     Dtype{"BOOL", 1, false},
    Dtype{"I8", 1, true},   Dtype{"U8", 1, true},   Dtype{"I16", 2, true},   Dtype{"U16", 2, true},      Dtype{"I32", 4, true},
    Dtype{"U32", 4, true},  Dtype{"I64", 8, true},  Dtype{"U64", 8, true},   Dtype{"F8_E4M3", 1, false}, Dtype{"F8_E5M2", 1, false},
};

struct Parts {
  std::string_view header;
  std::span<const std::byte> data;
};

Parts split(std::span<const std::byte> bytes, const std::string& path) {
  if (bytes.size() < kLengthBytes) fail("{}: expected a safetensors file, found {} bytes", path, bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes = bytes.subspan(kLengthBytes);
  if (length > kMaxHeader) fail("{}: expected a safetensors header of at most {} bytes, found {}", path, kMaxHeader, length);
  if (length > bytes.size()) fail("{}: expected a safetensors header of {} bytes, found {} bytes to the end of the file", path, length, bytes.size());
  return {{reinterpret_cast<const char*>(bytes.data()), std::size_t(length)}, bytes.subspan(std::size_t(length))};
}

const Dtype& dtype_of(const SafetensorsEntry& entry, const std::string& path) {
  const auto at = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return d.name == entry.dtype; });
  if (at == kDtypes.end()) fail("{}: {}: expected a dtype of safetensors, found '{}'", path, entry.name, entry.dtype);
  return *at;
}

// Checks that the spans tile the data part: sorted, each starts where the previous one ends.
void check_spans(std::vector<SafetensorsEntry>& entries, std::size_t data_bytes, const std::string& path) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::int64_t at = 0;
  for (const SafetensorsEntry& e : entries) {
    if (e.begin != at) fail("{}: {}: expected data from byte {} (no gap, no overlap), found data_offsets [{}, {}]", path, e.name, at, e.begin, e.end);
    std::vector<std::int64_t> sides = e.shape;
    sides.push_back(dtype_of(e, path).bytes);
    const std::int64_t bytes = checked_product(path + ": " + e.name, sides);
    if (e.end < e.begin || e.end - e.begin != bytes) {
      fail("{}: {}: expected {} bytes for {} [{}], found data_offsets [{}, {}]", path, e.name, bytes, e.dtype, fmt::join(e.shape, ", "), e.begin,
           e.end);
    }
    at = e.end;
  }
  if (std::uint64_t(at) != data_bytes) fail("{}: expected {} bytes of data, found {}", path, at, data_bytes);
}

bool is_batch_counter(const SafetensorsEntry& entry, const std::string& path) {
  return std::string_view(entry.name).ends_with(".num_batches_tracked") && dtype_of(entry, path).is_integer;
}

const float* kept(std::vector<float> values, WeightStore& store) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  const float* data = owner->data();
  store.keep(std::move(owner));
  return data;
}

// Returns the floats in place, or an aligned copy that the store keeps.
const float* floats_at(std::span<const std::byte> bytes, WeightStore& store) {
  if (std::bit_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0) return reinterpret_cast<const float*>(bytes.data());
  std::vector<float> copy(bytes.size() / sizeof(float));
  std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(copy)).begin()); // there may be none, which memcpy() does not allow
  return kept(std::move(copy), store);
}

// Converts 16-bit values of type T to float32, which is exact.
template <class T> const float* widened(std::span<const std::byte> bytes, WeightStore& store) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); i++) {
    T narrow;
    std::memcpy(&narrow, &bytes[i * sizeof(T)], sizeof narrow);
    values[i] = to_float(narrow);
  }
  return kept(std::move(values), store);
}

// Returns null for a type that weights cannot have.
const float* weights_at(std::string_view dtype, std::span<const std::byte> bytes, WeightStore& store) {
  if (dtype == "F32") return floats_at(bytes, store);
  if (dtype == "F16") return widened<Half>(bytes, store);
  if (dtype == "BF16") return widened<Brain>(bytes, store);
  return nullptr;
}

std::string format_header(const std::string& path, const std::vector<ParamSpec>& specs, const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::set<std::string_view> names{"__metadata__"};
  std::int64_t at = 0;
  for (const ParamSpec& spec : specs) {
    const std::array<std::int64_t, 2> sizes{spec.count(), sizeof(float)};
    std::int64_t end = 0;
    if (__builtin_add_overflow(at, checked_product(spec.name, sizes), &end))
      fail("{}: {}: expected data below 2^63 bytes, found more", path, spec.name);
    if (!names.insert(spec.name).second) fail("{}: {}: expected unique names, found a second or reserved one", path, spec.name);
    header.push_back({spec.name, {{"dtype", "F32"}, {"shape", spec.shape}, {"data_offsets", {at, end}}}});
    at = end;
  }
  try {
    return header.dump();
  } catch (const nlohmann::json::exception&) {
    fail("{}: expected names and metadata in UTF-8, found other bytes", path);
  }
}

} // namespace

SafetensorsIndex index_safetensors(const std::string& path) {
  SafetensorsIndex index;
  index.file = MappedFile::open(path);
  const Parts parts = split(index.file->bytes(), path);
  SafetensorsHeader header = parse_safetensors_header(parts.header, path);
  check_spans(header.entries, parts.data.size(), path);
  index.entries = std::move(header.entries);
  index.metadata = std::move(header.metadata);
  index.data = parts.data;
  return index;
}

WeightStore read_safetensors(const std::string& path, Values values) {
  SafetensorsIndex index = index_safetensors(path);
  WeightStore store(path);
  store.keep_file(index.file);
  store.metadata = std::move(index.metadata);
  for (SafetensorsEntry& entry : index.entries) {
    if (is_batch_counter(entry, path)) continue;
    const auto bytes = index.data.subspan(std::size_t(entry.begin), std::size_t(entry.end - entry.begin));
    const float* data = weights_at(entry.dtype, bytes, store);
    if (data == nullptr) fail("{}: {}: expected dtype F32, F16 or BF16, found {}", path, entry.name, entry.dtype);
    store.add(std::move(entry.name), std::move(entry.shape), data);
  }
  if (values == Values::finite) store.expect_finite();
  return store;
}

SafetensorsWriter::SafetensorsWriter(std::string path, std::vector<ParamSpec> specs, const std::map<std::string, std::string>& metadata)
    : file_(std::move(path)), specs_(std::move(specs)) {
  std::string header = format_header(file_.path(), specs_, metadata);
  header.resize((header.size() + kAlignHeader - 1) / kAlignHeader * kAlignHeader, ' ');
  if (header.size() > kMaxHeader) fail("{}: expected a header of at most {} bytes, found {}", file_.path(), kMaxHeader, header.size());
  const std::uint64_t length = header.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(std::as_bytes(std::span(header)));
}

void SafetensorsWriter::write(std::span<const float> values) {
  if (next_ < specs_.size() && std::int64_t(values.size()) != specs_[next_].count())
    fail("{}: {}: expected {} values, found {}", file_.path(), specs_[next_].name, specs_[next_].count(), values.size());
  append(values);
}

void SafetensorsWriter::append(std::span<const float> values) {
  if (next_ == specs_.size()) fail("{}: expected {} tensors, found one more", file_.path(), specs_.size());
  const ParamSpec& spec = specs_[next_];
  const std::int64_t end = written_ + std::int64_t(values.size());
  if (end > spec.count()) fail("{}: {}: expected {} values, found {}", file_.path(), spec.name, spec.count(), end);
  file_.write(std::as_bytes(values));
  written_ = end;
  if (end < spec.count()) return;
  next_++;
  written_ = 0;
}

void SafetensorsWriter::finish() {
  if (next_ != specs_.size()) fail("{}: expected {} tensors, found {}", file_.path(), specs_.size(), next_);
  file_.commit();
}

} // namespace pose
