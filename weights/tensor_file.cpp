// Implements tensor_file.h: a common view of both formats, and conversion to float32 in parts.
// SPDX-License-Identifier: MIT
#include "weights/tensor_file.h"

#include "tensor/error.h"
#include "tensor/tensor.h"
#include "tensor/text_file.h"
#include "weights/npy.h"
#include "weights/npy_types.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace pose {
namespace {

constexpr std::size_t kSafetensorsBrace = 8; // where the JSON begins

float as_float(Brain b) {
  return to_float(b);
}
float as_float(Half h) {
  return to_float(h);
}
template <class T> float as_float(T value) {
  return float(value);
}

// Calls f(T()) with the C++ type of a dtype of safetensors or numpy.  Returns false for a type whose values a float32 can neither hold nor round.
template <class F> bool with_dtype(const std::string& dtype, F&& f) {
  static const std::map<std::string, std::string> numpy = {{"F32", "<f4"}, {"F16", "<f2"}, {"F64", "<f8"}, {"BOOL", "|b1"},
                                                           {"I8", "|i1"},  {"U8", "|u1"},  {"I16", "<i2"}, {"U16", "<u2"},
                                                           {"I32", "<i4"}, {"U32", "<u4"}, {"I64", "<i8"}, {"U64", "<u8"}};
  if (dtype == "BF16") return f(Brain()), true;
  const auto known = numpy.find(dtype);
  return with_npy_type(known == numpy.end() ? dtype : known->second, f);
}

template <class T> void convert(const std::byte* from, std::span<float> to) {
  for (float& number : to) {
    T value;
    std::memcpy(&value, from, sizeof value);
    number = as_float(value);
    from += sizeof value;
  }
}

} // namespace

void TensorNumbers::read(std::int64_t first, std::span<float> to) const {
  constexpr std::size_t kChunk = 1 << 18;  // elements whose pages are resident at a time
  constexpr std::size_t kAround = 1 << 16; // bytes: Linux maps this much around a page fault, including pages that were given back before
  with_dtype(dtype_, [&](auto zero) {
    using T = decltype(zero);
    auto bytes = bytes_.subspan(std::size_t(first) * sizeof(T), to.size() * sizeof(T));
    while (!to.empty()) {
      const std::size_t count = std::min(kChunk, to.size());
      if constexpr (std::is_same_v<T, float>)
        std::copy_n(bytes.data(), count * sizeof(T), std::as_writable_bytes(to).data());
      else
        convert<T>(bytes.data(), to.first(count));
      const std::size_t before = std::min(kAround, std::size_t(bytes.data() - bytes_.data()));
      if (file_) discard_pages({bytes.data() - before, before + count * sizeof(T)});
      bytes = bytes.subspan(count * sizeof(T));
      to = to.subspan(count);
    }
  });
  if (file_) file_->check();
}

TensorFile::TensorFile(const std::string& path) : path_(path) {
  const std::string begin = first_bytes(path, kSafetensorsBrace + 1);
  if (begin.starts_with("PK"))
    add_npz();
  else if (begin.size() <= kSafetensorsBrace || begin[kSafetensorsBrace] == '{')
    add_safetensors();
  else
    fail("{}: expected a safetensors or npz file, found neither", path);
}

void TensorFile::add_safetensors() {
  safetensors_ = index_safetensors(path_);
  metadata_ = safetensors_->metadata;
  for (std::size_t i = 0; i < safetensors_->entries.size(); i++) {
    const SafetensorsEntry& e = safetensors_->entries[i];
    add({e.name, e.shape, e.dtype}, i);
  }
}

void TensorFile::add_npz() {
  npz_ = std::make_shared<const NpzFile>(path_);
  for (std::size_t i = 0; i < npz_->members().size(); i++) {
    const NpzFile::Member& m = npz_->members()[i];
    views_.emplace_back();
    try {
      std::vector<std::byte> unpacked;
      const NpyView view = npz_->view(m, unpacked);
      if (view.fortran_order) fail("{}: {}: expected C order, found Fortran order", path_, m.name);
      add({m.name, view.shape, view.type}, i);
      if (!m.stored()) continue;
      discard_pages(view.bytes);
      views_.back() = view.bytes;
    } catch (const OtherTypeError&) {
      left_out_.push_back(m.name);
    }
  }
}

void TensorFile::add(Entry entry, std::size_t stored) {
  if (!with_dtype(entry.dtype, [](auto) {})) return left_out_.push_back(entry.name);
  index_[entry.name] = entries_.size();
  entries_.push_back(std::move(entry));
  stored_.push_back(stored);
}

const TensorFile::Entry* TensorFile::find(const std::string& name) const {
  const auto at = index_.find(name);
  return at == index_.end() ? nullptr : &entries_[at->second];
}

TensorNumbers TensorFile::numbers(const Entry& entry) const {
  const std::size_t i = stored_[index_.at(entry.name)];
  TensorNumbers numbers;
  numbers.dtype_ = entry.dtype;
  if (safetensors_) {
    const SafetensorsEntry& e = safetensors_->entries[i];
    numbers.bytes_ = safetensors_->data.subspan(std::size_t(e.begin), std::size_t(e.end - e.begin));
    numbers.file_ = safetensors_->file;
    return numbers;
  }
  if (npz_->members()[i].stored()) {
    numbers.bytes_ = views_[i];
    numbers.file_ = npz_->file();
    return numbers;
  }
  auto unpacked = std::make_shared<std::vector<std::byte>>();
  numbers.bytes_ = npz_->view(npz_->members()[i], *unpacked).bytes;
  numbers.owner_ = std::move(unpacked);
  return numbers;
}

} // namespace pose
