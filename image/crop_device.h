// Person crops on the device: the crop() of crop.h for an image in device memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "image/crop.h"
#include "image/device_image.h"

namespace pose {

// The description of a crop: plain data, copied to the device.
struct DeviceCrop {
  DeviceImage image;
  double to_image[6] = {};                        // CropGeometry::to_image
  int left = 0, top = 0, right = -1, bottom = -1; // range of image pixels to sample, inclusive
  bool divide = true;                             // bytes become v / 255
  bool bytes = false;                             // CropGeometry::bytes
};

// Returns the description of a crop.  divide: has_levels(image).
DeviceCrop device_crop(const DeviceImage& image, const CropGeometry& geometry, bool divide);

// Enqueues one kernel that writes crop i to image i of the input.  With `mirrored`, it also writes the mirrored crop to image count + i.  Results
// equal those of crop() bit for bit (f16: rounded to it).
// crops is device memory.  count, or 2 * count with `mirrored`, is at most input.shape.n.  The geometry is that for input.shape.h x w; input.shape.c
// = 3. Throws an Error that names the kernel when it cannot be enqueued.
void enqueue_crops(const DeviceCrop* crops, int count, const CropNormalize& normalize, bool mirrored, const DeviceMap& input, StreamHandle stream);

} // namespace pose
