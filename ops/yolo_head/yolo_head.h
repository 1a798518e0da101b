// yolo_head: decodes the raw predictions of a grid into boxes in pixels of the network's input (Darknet's
// detectors, YOLOv1 to YOLOv7, and detectors without anchors).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

inline constexpr int kMaxAnchors = 16;
inline constexpr int kMaxBoxes = 1 << 24; // per head and image; the largest of yolov3 at 608 has 17328

// The detectors that predict boxes in different ways; names of their sections in Darknet.
//   yolo          [yolo] of YOLOv3 and YOLOv4
//   new_coords    [yolo] with new_coords=1, Scaled-YOLOv4 and YOLOv7: the convolution before has applied the logistic function
//   gaussian      [Gaussian_yolo]: every coordinate t has an uncertainty s, in the order tx sx ty sy tw sw th sh obj class...
//   region        [region] of YOLOv2: softmax over the classes
//   region_tree   [region] with a tree of classes: classes stay as they are, since postprocess/class_tree.h decodes them
//   cells         [detection] of YOLOv1: a vector of the classes of side * side cells, then the objectness of their boxes, then x y w h of these
// Heads of other detectors, with one box a pixel.  Their scores stay as they are; without an objectness, that of the best class takes its place.
//   anchor_free   YOLOX: tx ty tw th obj class...; anchor_w and anchor_h are the stride
//   distances     RTMDet, FCOS: distances of the box's left, top, right and bottom edge from the pixel's upper left corner, in pixels of the input;
//                 then classes
//   rows          x y w h obj class..., already decoded
//   boxes         x y w h class..., already decoded (YOLOv8)
enum class HeadKind { yolo, new_coords, gaussian, region, region_tree, cells, anchor_free, distances, rows, boxes };

// Inputs: x with anchors * (5 + classes) channels; channel = anchor * (5 + classes) + attribute, attributes tx ty tw th obj class...; gaussian has
//   9 + classes of them.  cells: one pixel of side * side * (classes + 5 * anchors) channels.
// Output (Layout::rows): n x 1 x (h * w * anchors) x (5 + classes); row = (y * w + x) * anchors + anchor; with cells, h = w = side;
//   x = (scale_x_y * sigmoid(tx) - (scale_x_y - 1) / 2 + gx) * net_w / w, y alike, in pixels of the net_w x net_h input;
//   width = exp(tw) * anchor_w, height alike; objectness and classes = sigmoid.
//   new_coords: tx in place of sigmoid(tx), width = (2 tw)^2 * anchor_w, objectness and classes as they are.
//   gaussian: classes = sigmoid(class) * (1 - mean of the four sigmoid(s)).
//   anchor_free: x = (tx + gx) * net_w / w, width = exp(tw) * anchor_w.  distances: x = gx * net_w / w + (right - left) / 2, width = left + right.
//   cells: x = (tx + gx) * net_w / side; width = tw^2 * net_w, or tw * net_w without `squared`; objectness and classes as they are.
struct YoloHead {
  int anchors = 0, classes = 0;
  float anchor_w[kMaxAnchors] = {}, anchor_h[kMaxAnchors] = {}; // pixels of the network's input; cells have none
  float scale_x_y = 1;
  int net_w = 0, net_h = 0;
  HeadKind kind = HeadKind::yolo;
  int side = 0;         // cells only
  bool squared = false; // cells only

  // Returns whether the input has an objectness for each box.
  POSE_INLINE bool has_objectness() const { return kind != HeadKind::distances && kind != HeadKind::boxes; }
  // Number of input channels of an anchor.
  POSE_INLINE int stride() const { return (kind == HeadKind::gaussian ? 9 : has_objectness() ? 5 : 4) + classes; }
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
