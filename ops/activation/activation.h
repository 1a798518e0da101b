// activation: an element-wise function that no other op took into its epilogue.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = act(x).  Inputs: x.
struct Activation {
  Act act = {};
};

Shape infer(const Activation& op, std::span<const Shape> in);
std::int64_t macs(const Activation& op, std::span<const Shape> in, const Shape& out);

// The definition of every Act, for the reference kernels and epilogues.
double act_ref(const Act& act, double x);

// "leaky", ...
const char* name_of(ActKind kind);

extern const Kernel<Activation> activation_avx512, activation_avx2, activation_ref;
inline constexpr const Kernel<Activation>* activation_kernels[] = {
    &activation_avx512,
    &activation_avx2,
    &activation_ref,
};

extern const DeviceKernel<Activation> activation_cuda;
inline constexpr const DeviceKernel<Activation>* activation_device_kernels[] = {&activation_cuda};

} // namespace pose
