// Host copies of device values: conversion between the bytes of a DeviceMap and dense floats.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"

#include <cstddef>
#include <span>
#include <vector>

namespace pose {

// Returns the bytes from the first element of the map to its last lane.
std::int64_t bytes_of(const DeviceMap& map);

// Converts bytes_of(map) bytes to [n, c, h, w].  Rows keep their form [n][1][boxes][attributes].
std::vector<float> to_dense(const DeviceMap& map, bool rows, std::span<const std::byte> bytes);

// Converts back, for a map that is not part of a wider one.  Padding lanes are zero.
std::vector<std::byte> from_dense(const float* dense, bool rows, const DeviceMap& map);

} // namespace pose
