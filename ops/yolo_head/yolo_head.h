// yolo_head: decodes the raw predictions of a grid into boxes in pixels of the network's input (YOLOv3; YOLOv4's scale_x_y).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

inline constexpr int kMaxAnchors = 16;
inline constexpr int kMaxBoxes = 1 << 24; // per head and image; the largest of yolov3 at 608 has 17328

// Inputs: x with anchors * (5 + classes) channels; channel = anchor * (5 + classes) + attribute, attributes tx ty tw th obj class...
// Output (Layout::rows): n x 1 x (h * w * anchors) x (5 + classes); row = (y * w + x) * anchors + anchor;
//   x = (scale_x_y * sigmoid(tx) - (scale_x_y - 1) / 2 + gx) * net_w / w, y alike, in pixels of the net_w x net_h input;
//   width = exp(tw) * anchor_w, height alike; objectness and classes = sigmoid.
struct YoloHead {
  int anchors = 0, classes = 0;
  float anchor_w[kMaxAnchors] = {}, anchor_h[kMaxAnchors] = {}; // pixels of the network's input
  float scale_x_y = 1;
  int net_w = 0, net_h = 0;
};

Shape infer(const YoloHead& op, std::span<const Shape> in);
std::int64_t macs(const YoloHead& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<YoloHead> yolo_head_avx512, yolo_head_avx2, yolo_head_ref;
inline constexpr const Kernel<YoloHead>* yolo_head_kernels[] = {
    &yolo_head_avx512,
    &yolo_head_avx2,
    &yolo_head_ref,
};

extern const DeviceKernel<YoloHead> yolo_head_cuda;
inline constexpr const DeviceKernel<YoloHead>* yolo_head_device_kernels[] = {&yolo_head_cuda};

} // namespace pose
