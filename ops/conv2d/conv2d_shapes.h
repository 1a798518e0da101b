// The distinct convolutions of the networks (SPEC.md, sections 3 and 6), for benchmarks and tests.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

struct ConvShape {
  const char* net;
  int in_c, out_c, h, w; // of the input
  int kernel, stride;
  int count; // layers of this shape in the net
  int groups = 1;
};

// yolov3-608 and yolov3-spp-608 differ in one layer.
inline constexpr ConvShape kConvShapes[] = {
    {"yolov3-608", 3, 32, 608, 608, 3, 1, 1},
    {"yolov3-608", 32, 64, 608, 608, 3, 2, 1},
    {"yolov3-608", 64, 32, 304, 304, 1, 1, 1},
    {"yolov3-608", 32, 64, 304, 304, 3, 1, 1},
    {"yolov3-608", 64, 128, 304, 304, 3, 2, 1},
    {"yolov3-608", 128, 64, 152, 152, 1, 1, 2},
    {"yolov3-608", 64, 128, 152, 152, 3, 1, 2},
    {"yolov3-608", 128, 256, 152, 152, 3, 2, 1},
    {"yolov3-608", 256, 128, 76, 76, 1, 1, 10},
    {"yolov3-608", 128, 256, 76, 76, 3, 1, 11},
    {"yolov3-608", 384, 128, 76, 76, 1, 1, 1},
    {"yolov3-608", 256, 255, 76, 76, 1, 1, 1},
    {"yolov3-608", 256, 512, 76, 76, 3, 2, 1},
    {"yolov3-608", 512, 256, 38, 38, 1, 1, 10},
    {"yolov3-608", 256, 512, 38, 38, 3, 1, 11},
    {"yolov3-608", 768, 256, 38, 38, 1, 1, 1},
    {"yolov3-608", 512, 255, 38, 38, 1, 1, 1},
    {"yolov3-608", 256, 128, 38, 38, 1, 1, 1},
    {"yolov3-608", 512, 1024, 38, 38, 3, 2, 1},
    {"yolov3-608", 1024, 512, 19, 19, 1, 1, 7},
    {"yolov3-608", 512, 1024, 19, 19, 3, 1, 7},
    {"yolov3-608", 1024, 255, 19, 19, 1, 1, 1},
    {"yolov3-608", 512, 256, 19, 19, 1, 1, 1},
    {"yolov3-spp-608", 2048, 512, 19, 19, 1, 1, 1},
    {"yolov3-tiny-416", 3, 16, 416, 416, 3, 1, 1},
    {"yolov3-tiny-416", 16, 32, 208, 208, 3, 1, 1},
    {"yolov3-tiny-416", 32, 64, 104, 104, 3, 1, 1},
    {"yolov3-tiny-416", 64, 128, 52, 52, 3, 1, 1},
    {"yolov3-tiny-416", 128, 256, 26, 26, 3, 1, 1},
    {"yolov3-tiny-416", 256, 512, 13, 13, 3, 1, 2},
    {"yolov3-tiny-416", 512, 1024, 13, 13, 3, 1, 1},
    {"yolov3-tiny-416", 1024, 256, 13, 13, 1, 1, 1},
    {"yolov3-tiny-416", 512, 255, 13, 13, 1, 1, 1},
    {"yolov3-tiny-416", 256, 128, 13, 13, 1, 1, 1},
    {"yolov3-tiny-416", 384, 256, 26, 26, 3, 1, 1},
    {"yolov3-tiny-416", 256, 255, 26, 26, 1, 1, 1},
    {"fastpose", 3, 64, 320, 256, 7, 2, 1},
    {"fastpose", 64, 64, 80, 64, 1, 1, 1},
    {"fastpose", 64, 64, 80, 64, 3, 1, 3},
    {"fastpose", 64, 256, 80, 64, 1, 1, 4},
    {"fastpose", 256, 64, 80, 64, 1, 1, 2},
    {"fastpose", 256, 128, 80, 64, 1, 1, 1},
    {"fastpose", 128, 128, 80, 64, 3, 2, 1},
    {"fastpose", 128, 512, 40, 32, 1, 1, 4},
    {"fastpose", 256, 512, 80, 64, 1, 2, 1},
    {"fastpose", 512, 128, 40, 32, 1, 1, 3},
    {"fastpose", 128, 128, 40, 32, 3, 1, 3},
    {"fastpose", 512, 256, 40, 32, 1, 1, 1},
    {"fastpose", 256, 256, 40, 32, 3, 2, 1},
    {"fastpose", 256, 1024, 20, 16, 1, 1, 23},
    {"fastpose", 512, 1024, 40, 32, 1, 2, 1},
    {"fastpose", 1024, 256, 20, 16, 1, 1, 22},
    {"fastpose", 256, 256, 20, 16, 3, 1, 22},
    {"fastpose", 1024, 512, 20, 16, 1, 1, 1},
    {"fastpose", 512, 512, 20, 16, 3, 2, 1},
    {"fastpose", 512, 2048, 10, 8, 1, 1, 3},
    {"fastpose", 1024, 2048, 20, 16, 1, 2, 1},
    {"fastpose", 2048, 512, 10, 8, 1, 1, 2},
    {"fastpose", 512, 512, 10, 8, 3, 1, 2},
    {"fastpose", 512, 1024, 20, 16, 3, 1, 1},
    {"fastpose", 256, 512, 40, 32, 3, 1, 1},
    {"fastpose", 128, 33, 80, 64, 3, 1, 1},
    {"fastpose", 256, 256, 1, 1, 1, 1, 2},
    {"fastpose", 512, 512, 1, 1, 1, 1, 2},
    {"fastpose", 1024, 1024, 1, 1, 1, 1, 2},
    {"fastpose", 2048, 2048, 1, 1, 1, 1, 2},
    {"mobilenet-like", 96, 96, 64, 48, 3, 1, 1, 96},
    {"mobilenet-like", 96, 96, 64, 48, 3, 2, 1, 96},
    {"mobilenet-like", 256, 256, 16, 12, 5, 1, 1, 256},
    {"mobilenet-like", 256, 256, 16, 12, 3, 1, 1, 8},
};

// "Same" padding, as all layers above have, and the activation of most of them.
inline Conv2d conv_of(const ConvShape& s) {
  Conv2d op = conv2d(s.in_c, s.out_c, s.kernel, s.stride, s.kernel / 2);
  op.groups = s.groups;
  op.act = kLeaky;
  return op;
}

} // namespace pose
