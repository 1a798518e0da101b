// activation: an element-wise function as a separate op, for nets where no other op has it in its epilogue.
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

// Computes act(x).  This is the reference implementation of every Act, used by the reference kernels and their epilogues.
double act_ref(const Act& act, double x);

// Returns the name of the function, such as "leaky".
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
