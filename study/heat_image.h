// The worst channel of a layer as a small picture.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/diff_report.h"

namespace pose::study {

inline constexpr int kPictureSide = 128; // at most; larger planes are scaled down by a whole number

// The plane of [n, c, h, w] that holds element d.index, where the worst difference is; nothing for other shapes, planes of one pixel and values that
// do not differ.  A pixel of a scaled picture is the mean of the values it stands for, or their largest error.
std::optional<Picture> picture_of(const std::vector<std::int64_t>& shape, const Difference& d, const ChunkReader& ours, const ChunkReader& reference);

} // namespace pose::study
