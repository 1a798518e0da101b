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

// Copies an array to an image.  Throws Error unless it is uint8 [h, w, 3] and not empty.
BgrImage image_of(const AnyArray& array);

// Returns an array that owns the floats.
FloatArray to_numpy(std::vector<float> floats, const std::vector<std::int64_t>& shape);
// Returns a view without a copy: rows [n, rows, attributes], compact maps [n, h, w, c], blocked maps [n, blocks, h, w, 16].  The array holds `keep`.
FloatView to_numpy(const LayerView& layer, const std::shared_ptr<const void>& keep);

} // namespace pose::python
