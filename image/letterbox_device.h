// Letterboxes on the device: from an image in device memory to the input of a detector.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "image/device_image.h"
#include "image/letterbox.h"

namespace pose {

// Both functions enqueue one kernel that writes image n of the input (3 channels), and return.  They throw an Error that names the kernel when it
// cannot be enqueued.  Results equal the CPU's bit for bit (f16: rounded to it).

// Runs letterbox() and to_input().  geometry: letterbox_geometry() of the image and the side of the (square) input.
void enqueue_letterbox(const DeviceImage& image, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream);

// Runs darknet_letterbox().  geometry: darknet_letterbox_geometry() of the image and the input.
void enqueue_darknet_letterbox(const DeviceImage& image, const LetterboxGeometry& geometry, const DeviceMap& input, int n, StreamHandle stream);

} // namespace pose
