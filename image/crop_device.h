// Person crops on the device: crop of crop.h for a picture in device memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "image/crop.h"
#include "image/device_picture.h"

namespace pose {

// A crop to be made: plain data, copied to the device.
struct DeviceCrop {
  DevicePicture picture;
  double to_picture[6] = {};                      // CropGeometry::to_picture
  int left = 0, top = 0, right = -1, bottom = -1; // what is read of the picture, inclusive
  bool divide = true;                             // bytes become v / 255
};

// divide: has_levels(picture).
DeviceCrop device_crop(const DevicePicture& picture, const CropGeometry& geometry, bool divide);

// Enqueues one kernel that writes crop i to picture i of the input, as crop() does, to the bit (f16: rounded to it), and with `mirrored` its mirror
// image to picture count + i.  crops is device memory; count, or 2 * count, <= input.shape.n; geometry for input.shape.h x w; input.shape.c = 3.
// Throws Error that names the kernel when it cannot be enqueued.
void enqueue_crops(const DeviceCrop* crops, int count, const CropNormalise& normalise, bool mirrored, const DeviceMap& input, StreamHandle stream);

} // namespace pose
