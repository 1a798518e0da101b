// Implements cost.h: the cost model of the CPU conv2d kernels, fitted to measurements.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"

#include "ops/conv2d/winograd/cut.h"

namespace pose {
namespace {

// Unit costs, in multiply-adds of one vector.
// They are fitted to `bench/ops` with cold weights, one thread of a Zen 4 (docs/decisions.md).
// The layers are the 3 x 3 layers of stride 1 of yolov3-608, yolov3-tiny-416, yolov4-tiny-416 and fastpose.
// Times are predicted within some 10 %, except for maps of many megabytes, which wait for memory with every kernel.
struct GemmCosts {
  double product; // a vector of weights for one pixel
  double weights; // fetching a vector of weights for one run of pixels
  double byte;    // of weights, from memory
};
struct WinogradCosts {
  double product; // a vector of weights for one point of a tile
  double weights; // fetching a vector of weights for one group of tiles
  double input;   // transforming a vector of inputs, per point
  double output;  // transforming a vector of products, per point
  double weight;  // transforming a vector of weights, per point
  double byte;    // of transformed weights, to or from the cache level after a core's own
};
struct Costs {
  int group; // most pixels or tiles that share a vector of weights in a register: the kernels' kTile
  GemmCosts gemm;
  WinogradCosts winograd;
};

template <int width> constexpr Costs kCosts = {};
template <> constexpr Costs kCosts<16> = {14, {0.99, 0.10, 0.04}, {1.05, 0.01, 2.3, 8.4, 5.5, 0.010}};
template <> constexpr Costs kCosts<8> = {6, {1.00, 0.79, 0.28}, {1.05, 0.84, 9.8, 6.2, 7.4, 0.006}};

constexpr double kOwnCache = 1 << 20; // bytes of a core's private cache

// F(5 x 5) has twice the rounding error of F(4 x 4) (tests/ops/conv2d_accuracy.cpp limits both), so it must be faster by this factor.
constexpr double kRoughness = 1.04;
constexpr int kSmoothTile = 4;
// Sums of fewer channels are so exact that the transforms of F(5 x 5) would be most of the error: 2.5 times PyTorch's.
constexpr int kRoughInputs = 2 * kLanes;
constexpr double kTooRough = 2;

double roughness(int tile, const Conv2d& op) {
  return tile <= kSmoothTile ? 1 : op.in_c < kRoughInputs ? kTooRough : kRoughness;
}

std::int64_t parts(std::int64_t count, std::int64_t of) {
  return (count + of - 1) / of;
}

} // namespace

template <int width> double gemm_cost(const Conv2d& op, const Maps& maps) {
  constexpr Costs c = kCosts<width>;
  const Shape s = conv_output_shape(op, maps.out.shape);
  const std::int64_t inputs = op.in_c / op.groups, padded = inputs < kLanes ? inputs : parts(inputs, kLanes) * kLanes;
  const double weights = double(padded * op.kernel_h * op.kernel_w) * double(parts(op.out_c, width)); // vectors
  const double pixels = double(s.h) * s.w, runs = double(s.h * parts(s.w, c.group));
  return weights * (pixels * c.gemm.product + runs * c.gemm.weights + width * double(sizeof(float)) * c.gemm.byte);
}

template <int width, int M, int points> double winograd_cost(const Conv2d& op, const Maps& maps) {
  constexpr Costs c = kCosts<width>;
  constexpr WinogradShape kernel{M, points, c.group, 2 * width};
  Shape picture = conv_output_shape(op, maps.out.shape);
  picture.n = 1;
  const WinogradCut cut = winograd_cut(kernel, op, picture, 1);
  const std::int64_t inputs = std::int64_t(cut.inputs) * kLanes, vectors = parts(op.out_c, width);
  const double bytes = double(points) * double(sizeof(float)) * double(inputs * parts(op.out_c, kernel.panel) * kernel.panel); // transformed weights
  const std::int64_t groups = cut.blocks * parts(parts(cut.tiles, cut.blocks), c.group);
  const double pairs = double(inputs * vectors);
  const double multiply = pairs * (double(cut.tiles) * c.winograd.product + double(groups) * c.winograd.weights);
  const double maps_in_out = double(cut.tiles) * (double(inputs) / width * c.winograd.input + double(vectors) * c.winograd.output);
  // Deep maps transform weights for every block of tiles.  Wide maps transform them once and read them for every block.
  const double transform = pairs * c.winograd.weight * (cut.deep ? double(cut.blocks) : 1);
  const double shared = cut.deep || bytes < kOwnCache ? 0 : bytes * double(cut.blocks + 1) * c.winograd.byte;
  return (points * (multiply + maps_in_out + transform) + shared) * roughness(M, op);
}

template double gemm_cost<8>(const Conv2d&, const Maps&);
template double gemm_cost<16>(const Conv2d&, const Maps&);
template double winograd_cost<8, 2>(const Conv2d&, const Maps&);
template double winograd_cost<8, 4>(const Conv2d&, const Maps&);
template double winograd_cost<8, 5>(const Conv2d&, const Maps&);
template double winograd_cost<8, 4, 81>(const Conv2d&, const Maps&); // stride 2
template double winograd_cost<16, 2>(const Conv2d&, const Maps&);
template double winograd_cost<16, 4>(const Conv2d&, const Maps&);
template double winograd_cost<16, 5>(const Conv2d&, const Maps&);
template double winograd_cost<16, 4, 81>(const Conv2d&, const Maps&); // stride 2

} // namespace pose
