// Heatmap decoding on the device: the functions of heatmap.h for heatmaps in device memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "postprocess/heatmap.h"

namespace pose {

// Both functions enqueue one kernel and return.  They throw an Error that names the kernel when it cannot be enqueued.

// Computes peaks[i * count + k] = find_peak of channel k < count <= shape.c of image i < people <= shape.n, bit for bit.  peaks is device memory.
void enqueue_find_peaks(const DeviceMap& heatmaps, int people, int count, PeakRule rule, Peak* peaks, StreamHandle stream);

// Computes average_flipped of images i and people + i of one map, into image i; 2 * people <= shape.n.  f16: the mean is rounded to it.
void enqueue_average_flipped(const DeviceMap& heatmaps, int people, const JointSet& set, bool shift, StreamHandle stream);

} // namespace pose
