// Values of the device as the host sees them: bytes of a DeviceMap <-> dense floats.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"

#include <cstddef>
#include <span>
#include <vector>

namespace pose {

// Bytes from the first element of the map to its last lane.
std::int64_t bytes_of(const DeviceMap& map);

// bytes_of(map) bytes -> [n, c, h, w]; rows stay as they are, [n][1][boxes][attributes].
std::vector<float> to_dense(const DeviceMap& map, bool rows, std::span<const std::byte> bytes);

// The way back, for a map that is not part of a wider one; padding lanes are zero.
std::vector<std::byte> from_dense(const float* dense, bool rows, const DeviceMap& map);

} // namespace pose
