// Shared parts of the GPU baselines.
// SPDX-License-Identifier: MIT
#include "bench/rival_device.h"

#include "device/device_element.h"

namespace pose::bench {

std::vector<const DeviceKernel<Conv2d>*> device_rivals_of_build() {
  return {
#ifdef POSE_RIVAL_CUBLAS
      &rival_cublas,
#endif
#ifdef POSE_RIVAL_CUDNN
      &rival_cudnn,
#endif
  };
}

bool is_rivals_case(const Conv2d& op) {
  return is_plain(op) && !op.bias && op.groups == 1;
}

std::int64_t rival_packed_bytes(const Conv2d& op, Precision p) {
  return std::int64_t(device_lanes(op.out_c)) * op.kernel_h * op.kernel_w * device_lanes(op.in_c) * bytes_of(element_of(p));
}

void rival_pack(const Conv2d& op, const RawWeights& raw, Precision p, std::byte* packed) {
  const Element element = element_of(p);
  const int window = op.kernel_h * op.kernel_w, lanes = device_lanes(op.in_c);
  for (int o = 0; o < op.out_c; o++) {
    for (int c = 0; c < op.in_c; c++) {
      for (int k = 0; k < window; k++) {
        const std::int64_t to = (std::int64_t(o) * window + k) * lanes + c;
        write_element(element, raw.tensors[0][(std::int64_t(o) * op.in_c + c) * window + k], packed + to * bytes_of(element));
      }
    }
  }
}

} // namespace pose::bench
