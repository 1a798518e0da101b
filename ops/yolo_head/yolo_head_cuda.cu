// CUDA kernel of yolo_head: each thread decodes one number.  The numbers of a pixel are consecutive output rows.
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

// The channels of one pixel.
template <class X> struct Channels {
  const X* data;

  __device__ __forceinline__ float raw(int c) const { return simt::to_float(data[c]); }
  __device__ __forceinline__ float sigmoid(int c) const { return 1 / (1 + expf(-raw(c))); }
};

template <class X> __device__ __forceinline__ float softmax_of(const Channels<X>& x, int first, int count, int at) {
  float top = x.raw(first), sum = 0;
  for (int k = 1; k < count; k++) top = fmaxf(top, x.raw(first + k));
  for (int k = 0; k < count; k++) sum += expf(x.raw(first + k) - top);
  return expf(x.raw(at) - top) / sum;
}

template <class X> __device__ __forceinline__ float best_of(const Channels<X>& x, int first, int count) {
  float best = x.raw(first);
  for (int k = 1; k < count; k++) best = fmaxf(best, x.raw(first + k));
  return best;
}

// box: the first channel of the box.
template <class X> __device__ __forceinline__ float score_of(const YoloHead& op, const Channels<X>& x, int box, int attribute) {
  const int c = box + attribute;
  switch (op.kind) {
    case HeadKind::new_coords:
    case HeadKind::anchor_free:
    case HeadKind::rows: return x.raw(c);
    case HeadKind::distances:
    case HeadKind::boxes: return attribute > 4 ? x.raw(c - 1) : best_of(x, 4, op.classes);
    case HeadKind::gaussian: {
      const float certain = 1 - (x.sigmoid(box + 1) + x.sigmoid(box + 3) + x.sigmoid(box + 5) + x.sigmoid(box + 7)) / 4;
      return x.sigmoid(c + 4) * (attribute > 4 ? certain : 1.0f);
    }
    case HeadKind::region: return attribute > 4 ? softmax_of(x, box + 5, op.classes, c) : x.sigmoid(c);
    case HeadKind::region_tree: return attribute > 4 ? x.raw(c) : x.sigmoid(c);
    default: return x.sigmoid(c);
  }
}

template <class X> __device__ __forceinline__ float distances_attribute(const Channels<X>& x, const Grid& grid, std::int64_t pixel, int attribute) {
  const bool vertical = attribute % 2 == 1;
  const float before = x.raw(vertical ? 1 : 0), after = x.raw(vertical ? 3 : 2);
  if (attribute >= 2) return before + after;
  return float(cell_of(grid, pixel, vertical)) * (vertical ? grid.cell_h : grid.cell_w) + 0.5f * (after - before);
}

template <class X>
__device__ __forceinline__ float attribute_of(const YoloHead& op, const Channels<X>& x, const Grid& grid, std::int64_t pixel, int anchor,
                                              int attribute) {
  const int box = anchor * op.stride();
  if (attribute >= 4) return score_of(op, x, box, attribute);
  if (op.kind == HeadKind::rows || op.kind == HeadKind::boxes) return x.raw(attribute);
  if (op.kind == HeadKind::distances) return distances_attribute(x, grid, pixel, attribute);
  const int c = box + (op.kind == HeadKind::gaussian ? 2 * attribute : attribute);
  const bool vertical = attribute % 2 == 1, square = op.kind == HeadKind::new_coords;
  if (attribute >= 2) {
    const float factor = square ? 4 * x.raw(c) * x.raw(c) : expf(x.raw(c));
    return factor * (vertical ? op.anchor_h : op.anchor_w)[anchor];
  }
  const bool linear = square || op.kind == HeadKind::anchor_free;
  const float offset = op.scale_x_y * (linear ? x.raw(c) : x.sigmoid(c)) - 0.5f * (op.scale_x_y - 1);
  return (offset + float(cell_of(grid, pixel, vertical))) * (vertical ? grid.cell_h : grid.cell_w);
}

template <class X> __device__ __forceinline__ float cells_attribute(const YoloHead& op, const Channels<X>& x, int row, int attribute) {
  const int cells = op.side * op.side, cell = row / op.anchors;
  if (attribute == 4) return x.raw(cells * op.classes + row);
  if (attribute > 4) return x.raw(cell * op.classes + attribute - 5);
  const float t = x.raw(cells * (op.classes + op.anchors) + row * 4 + attribute), net = float(attribute % 2 == 0 ? op.net_w : op.net_h);
  if (attribute < 2) return (t + float(attribute == 0 ? cell % op.side : cell / op.side)) * (net / float(op.side));
  return (op.squared ? t * t : t) * net;
}

// With cells, the one pixel of an image has all its rows.
template <class X>
__global__ void yolo_head_kernel(simt::Vectors<1> numbers, simt::MapOf<const X> in, float* __restrict__ rows, YoloHead op, simt::Divisor attributes,
                                 Grid grid) {
  numbers.each([&](std::int64_t pixel, int c) {
    std::int64_t anchor = c;
    const int attribute = attributes.split(anchor);
    const Channels<X> x{in.at(pixel, 0)};
    rows[pixel * numbers.channels + c] =
        op.kind == HeadKind::cells ? cells_attribute(op, x, int(anchor), attribute) : attribute_of(op, x, grid, pixel, int(anchor), attribute);
  });
}

bool accepts(const YoloHead&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.out.element == Element::f32;
}

void run(const YoloHead& op, const DeviceCall& call) {
  const DeviceMap& x = call.maps.in[0];
  const Shape& s = x.shape;
  const Grid grid{simt::Divisor(s.w), simt::Divisor(s.h), float(op.net_w) / float(s.w), float(op.net_h) / float(s.h)};
  const int per_pixel = int(call.maps.out.pixels() / x.pixels()) * (5 + op.classes);
  simt::with_element(x.element, [&]<class X>(X) {
    simt::launch_each("yolo_head", yolo_head_kernel<X>, simt::Vectors<1>(x.pixels(), per_pixel, per_pixel), call.stream, simt::map_of<const X>(x),
                      call.maps.out.as<float>(), op, simt::Divisor(5 + op.classes), grid);
  });
}

} // namespace

const DeviceKernel<YoloHead> yolo_head_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
