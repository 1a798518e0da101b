// Helpers of the infer functions, which compute output shapes.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "tensor/error.h"
#include "tensor/shape.h"

#include <span>
#include <string>

namespace pose {

inline constexpr int kMaxSide = 1 << 16;             // limit of sides and channels: nothing sane is larger
inline constexpr std::int64_t kMaxCount = 1ll << 33; // elements per map

// Returns "n x c x h x w".
std::string to_text(const Shape& s);

// Throws Error unless exactly `want` inputs are given.
void expect_inputs(std::span<const Shape> in, int want);

// Throws Error unless 1 <= value <= kMaxSide.
void expect_size(const char* what, std::int64_t value);

// Throws Error for a function that only the activation op computes.
void expect_fusible(const Act& act);

// Returns (size + pad_before + pad_after - kernel) / stride + 1.  Throws Error when a parameter is out of range or the result is below 1.
int conv_extent(const char* axis, int size, int kernel, int stride, int pad_before, int pad_after);

// Returns s.  Throws Error when a side or the number of elements is out of range.
Shape checked(Shape s);

} // namespace pose
