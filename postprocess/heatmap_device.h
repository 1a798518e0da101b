// Decoding heatmaps where they lie: the functions of heatmap.h for maps in device memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "postprocess/heatmap.h"

namespace pose {

// Each enqueues one kernel and returns; throws Error that names the kernel when it cannot be enqueued.

// peaks[i * kJoints + joint] = find_peak of picture i of the maps, to the bit, for i < people <= shape.n; shape.c >= kJoints.
// peaks is device memory.
void enqueue_find_peaks(const DeviceMap& heatmaps, int people, Peak* peaks, StreamHandle stream);

// average_flipped of pictures i and people + i of one map, into picture i; 2 * people <= shape.n.  f16: the mean is rounded to it.
void enqueue_average_flipped(const DeviceMap& heatmaps, int people, StreamHandle stream);

} // namespace pose
