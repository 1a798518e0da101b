// Letterboxes on the device: a picture in device memory -> the input of a detector.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "image/device_picture.h"
#include "image/letterbox.h"

namespace pose {

// Each enqueues one kernel that writes picture n of the input (3 channels) and returns; throws Error that names the kernel when it cannot be
// enqueued.  Results equal the CPU's to the bit (f16: rounded to it).

// letterbox and to_input; geometry: letterbox_geometry of the picture and the side of the (square) input.
void enqueue_letterbox(const DevicePicture& picture, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream);

// darknet_letterbox; geometry: darknet_letterbox_geometry of the picture and the input.
void enqueue_darknet_letterbox(const DevicePicture& picture, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream);

} // namespace pose
