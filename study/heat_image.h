// Makes heat images of the worst channel of a layer.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/diff_report.h"

namespace pose::study {

inline constexpr int kMaxHeatImageSide = 128; // larger planes are scaled down by an integer factor

// Returns heat images of the plane of [n, c, h, w] that holds d.index, the worst difference.  Returns nothing for other shapes, planes of one pixel
// and equal values.  A pixel of a scaled image is the mean of its values, or the largest of their errors.
std::optional<HeatImage> make_heat_image(const std::vector<std::int64_t>& shape, const Difference& d, const ChunkReader& ours,
                                         const ChunkReader& reference);

} // namespace pose::study
