// CUDA kernel of simcc_head: a thread decodes one keypoint.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/simcc_head/simcc_head.h"

namespace pose {
namespace {

template <class X>
__global__ void simcc_head_kernel(simt::Vectors<1> lanes, simt::MapOf<const X> columns, simt::MapOf<const X> rows, simt::MapOf<float> y, SimccHead op,
                                  int column_bins, int row_bins) {
  lanes.each([&](std::int64_t image, int joint) {
    float keypoint[3] = {};
    if (joint < lanes.channels) {
      const std::int64_t pixel = image * lanes.channels + joint;
      decode_simcc(
          op, column_bins, row_bins, [&](int i) { return simt::to_float(*columns.at(pixel, i)); },
          [&](int i) { return simt::to_float(*rows.at(pixel, i)); }, keypoint);
    }
    for (int part = 0; part < 3; part++) *y.at(image * 3 + part, joint) = keypoint[part];
  });
}

bool accepts(const SimccHead&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.in[0].element == maps.in[1].element && maps.out.element == Element::f32;
}

void run(const SimccHead& op, const DeviceCall& call) {
  const DeviceMap &columns = call.maps.in[0], &rows = call.maps.in[1], &y = call.maps.out;
  simt::with_element(columns.element, [&]<class X>(X) {
    simt::launch_each("simcc_head", simcc_head_kernel<X>, simt::Vectors<1>(y.shape.n, device_lanes(y.shape.c), y.shape.c), call.stream,
                      simt::map_of<const X>(columns), simt::map_of<const X>(rows), simt::map_of<float>(y), op, columns.shape.c, rows.shape.c);
  });
}

} // namespace

const DeviceKernel<SimccHead> simcc_head_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
