// Implements arrays.h.  Arrays are checked before they are read; returned arrays own, or share ownership of, their memory.
// SPDX-License-Identifier: MIT
#include "python/arrays.h"

#include "image/codec.h"
#include "python/arguments.h"
#include "python/gil.h"
#include "tensor/error.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace nb = nanobind;

namespace pose::python {
namespace {

std::vector<std::int64_t> shape_of(const AnyArray& a) {
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < a.ndim(); i++) shape.push_back(std::int64_t(a.shape(i)));
  return shape;
}

std::string kind_of(const AnyArray& a) {
  const nb::dlpack::dtype type = a.dtype();
  const char* kinds[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"}; // DLPack's codes
  const std::string kind = type.code < std::size(kinds) ? kinds[type.code] : fmt::format("type {} of ", int(type.code));
  return fmt::format("{}{} [{}]", kind, int(type.bits), fmt::join(shape_of(a), ", "));
}

struct Dense {
  std::size_t axis;     // from which on the elements are in C order without gaps
  std::size_t elements; // of one such part
};

Dense dense_part(const AnyArray& a) {
  Dense part{a.ndim(), 1};
  while (part.axis > 0) {
    const std::size_t i = part.axis - 1;
    if (a.shape(i) != 1 && a.stride(i) != std::int64_t(part.elements)) break;
    part = {i, part.elements * a.shape(i)};
  }
  return part;
}

// Copies the elements to `to` in C order, for any strides.
template <class T> void gather(const AnyArray& a, const Dense& part, const T* from, std::size_t axis, T*& to) {
  if (axis >= part.axis) {
    to = std::copy_n(from, part.elements, to);
    return;
  }
  for (std::size_t i = 0; i < a.shape(axis); i++) gather(a, part, from + std::int64_t(i) * a.stride(axis), axis + 1, to);
}

FloatView owned(const float* data, std::initializer_list<std::size_t> shape, std::initializer_list<std::int64_t> strides,
                const std::shared_ptr<const void>& keep) {
  auto* holder = new std::shared_ptr<const void>(keep);
  const nb::capsule owner(holder, [](void* p) noexcept { delete static_cast<std::shared_ptr<const void>*>(p); });
  return FloatView(data, shape, owner, strides);
}

} // namespace

InputBatch::InputBatch(const AnyArray& x, const Shape& want) {
  constexpr std::size_t kMost = 65536;
  const bool fits = x.dtype() == nb::dtype<float>() && x.ndim() == 4 && x.shape(0) >= 1 && x.shape(0) <= kMost && x.shape(1) == std::size_t(want.c) &&
                    x.shape(2) == std::size_t(want.h) && x.shape(3) == std::size_t(want.w);
  if (!fits) fail<InputError>("x: expected float32 [n, {}, {}, {}] with n from 1 to {}, found {}", want.c, want.h, want.w, kMost, kind_of(x));
  count_ = int(x.shape(0));
  data_ = static_cast<const float*>(x.data());
  const Dense part = dense_part(x);
  if (part.axis == 0) return;
  const WithoutGil release;
  copy_.resize(x.size());
  float* to = copy_.data();
  gather(x, part, data_, 0, to);
}

BgrImage image_of(const AnyArray& array) {
  constexpr std::size_t kMost = 65535, kMostPixels = std::size_t(DecodeLimits{}.max_pixels); // as in the decoders
  const bool fits = array.dtype() == nb::dtype<std::uint8_t>() && array.ndim() == 3 && array.shape(2) == 3 && array.shape(0) >= 1 &&
                    array.shape(1) >= 1 && array.shape(0) <= kMost && array.shape(1) <= kMost;
  if (!fits) fail<InputError>("image: expected uint8 [height, width, 3] (BGR) with sides from 1 to {}, found {}", kMost, kind_of(array));
  if (array.shape(0) > kMostPixels / array.shape(1))
    fail<InputError>("image: expected at most {} pixels, found {} x {}", kMostPixels, array.shape(1), array.shape(0));
  const WithoutGil release;
  BgrImage image(int(array.shape(0)), int(array.shape(1)));
  std::uint8_t* to = image.bytes.data();
  gather(array, dense_part(array), static_cast<const std::uint8_t*>(array.data()), 0, to);
  return image;
}

AnyArray array_of(nb::handle value, const char* name, const char* expected) {
  AnyArray array;
  if (!nb::try_cast(value, array)) throw nb::type_error(one_line(fmt::format("{}: expected {}, found {}", name, expected, text_of(value))).c_str());
  return array;
}

ByteArray to_numpy(std::shared_ptr<BgrImage> image) {
  auto* holder = new std::shared_ptr<BgrImage>(std::move(image));
  const nb::capsule owner(holder, [](void* p) noexcept { delete static_cast<std::shared_ptr<BgrImage>*>(p); });
  BgrImage& kept = **holder;
  return ByteArray(kept.bytes.data(), {std::size_t(kept.h), std::size_t(kept.w), 3}, owner);
}

FloatArray to_numpy(std::vector<float> floats, const std::vector<std::int64_t>& shape) {
  auto* holder = new std::vector<float>(std::move(floats));
  const nb::capsule owner(holder, [](void* p) noexcept { delete static_cast<std::vector<float>*>(p); });
  const std::vector<std::size_t> sides(shape.begin(), shape.end());
  return FloatArray(holder->data(), sides.size(), sides.data(), owner);
}

FloatView to_numpy(const LayerView& layer, const std::shared_ptr<const void>& keep) {
  const View<const float>& v = layer.view;
  const std::size_t n = std::size_t(v.shape.n), h = std::size_t(v.shape.h), w = std::size_t(v.shape.w), c = std::size_t(v.shape.c);
  if (layer.rows) return owned(v.data, {n, w, c}, {v.image, v.pixel, 1}, keep);
  if (!v.blocked()) return owned(v.data, {n, h, w, c}, {v.image, v.row, v.pixel, 1}, keep);
  return owned(v.data, {n, std::size_t(v.shape.blocks()), h, w, std::size_t(kLanes)}, {v.image, v.block, v.row, v.pixel, 1}, keep);
}

} // namespace pose::python
