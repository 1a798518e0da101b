// Converts NumPy arrays to and from our types.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "nets/shared_net.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>

namespace pose::python {

using AnyArray = nanobind::ndarray<nanobind::ro, nanobind::device::cpu>;
using ByteArray = nanobind::ndarray<nanobind::numpy, std::uint8_t>;
using FloatArray = nanobind::ndarray<nanobind::numpy, float>;
using FloatView = nanobind::ndarray<nanobind::numpy, const float>; // read-only

// A batch for a network's input, as dense floats: the array's memory, or a copy where the array is not dense.
class InputBatch {
public:
  // Throws Error unless x is float32 [n, c, h, w] with n from 1 to 65536 and the sides of `want`.
  InputBatch(const AnyArray& x, const Shape& want);

  const float* data() const { return copy_.empty() ? data_ : copy_.data(); }
  int count() const { return count_; }

private:
  const float* data_ = nullptr;
  std::vector<float> copy_;
  int count_ = 0;
};

// Returns the array that an object is or exports.  Throws TypeError "NAME: expected EXPECTED, found ..." for other objects.
AnyArray array_of(nanobind::handle value, const char* name, const char* expected);

// Copies an array to an image.  Throws Error unless it is uint8 [h, w, 3], not empty, and of at most as many pixels as the decoders accept.
BgrImage image_of(const AnyArray& array);

// Returns an array [h, w, 3] that shares the image's memory.
ByteArray to_numpy(std::shared_ptr<BgrImage> image);
// Returns an array that owns the floats.
FloatArray to_numpy(std::vector<float> floats, const std::vector<std::int64_t>& shape);
// Returns a view without a copy: rows [n, rows, attributes], compact maps [n, h, w, c], blocked maps [n, blocks, h, w, 16].  The array holds `keep`.
FloatView to_numpy(const LayerView& layer, const std::shared_ptr<const void>& keep);

} // namespace pose::python
