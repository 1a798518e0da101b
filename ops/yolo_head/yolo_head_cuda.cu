// CUDA kernel of yolo_head.  The channels of a pixel are consecutive output rows, so each thread decodes one number in place.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/yolo_head/yolo_head.h"

namespace pose {
namespace {

struct Grid {
  simt::Divisor w, h;
  float cell_w, cell_h; // pixels of the network's input
};

// Returns the left or upper edge of the pixel's cell, in cells.
__device__ __forceinline__ int cell_of(const Grid& grid, std::int64_t pixel, bool vertical) {
  const int x = grid.w.split(pixel);
  return vertical ? grid.h.split(pixel) : x;
}

template <class X>
__global__ void yolo_head_kernel(simt::Vectors<1> numbers, simt::MapOf<const X> in, float* __restrict__ rows, YoloHead op, simt::Divisor attributes,
                                 Grid grid) {
  numbers.each([&](std::int64_t pixel, int c) {
    std::int64_t anchor = c;
    const int attribute = attributes.split(anchor);
    const float t = simt::to_float(*in.at(pixel, c));
    float v;
    if (attribute == 2 || attribute == 3) {
      v = expf(t) * (attribute == 2 ? op.anchor_w : op.anchor_h)[anchor];
    } else {
      v = 1 / (1 + expf(-t));
      if (attribute < 2) {
        const float offset = op.scale_x_y * v - 0.5f * (op.scale_x_y - 1);
        v = (offset + float(cell_of(grid, pixel, attribute == 1))) * (attribute == 0 ? grid.cell_w : grid.cell_h);
      }
    }
    rows[pixel * numbers.channels + c] = v;
  });
}

bool accepts(const YoloHead&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.out.element == Element::f32;
}

void run(const YoloHead& op, const DeviceCall& call) {
  const DeviceMap& x = call.maps.in[0];
  const Shape& s = x.shape;
  const Grid grid{simt::Divisor(s.w), simt::Divisor(s.h), float(op.net_w) / float(s.w), float(op.net_h) / float(s.h)};
  simt::with_element(x.element, [&]<class X>(X) {
    simt::launch_each("yolo_head", yolo_head_kernel<X>, simt::Vectors<1>(x.pixels(), s.c, s.c), call.stream, simt::map_of<const X>(x),
                      call.maps.out.as<float>(), op, simt::Divisor(5 + op.classes), grid);
  });
}

} // namespace

const DeviceKernel<YoloHead> yolo_head_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
