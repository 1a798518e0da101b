// cases: the test cases of every op, for the project's kernels and for kernels that are registered elsewhere (kernel_test.cpp).
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/ops/harness.h"

#include <vector>

namespace pose::harness {

inline std::vector<ActKind> all_act_kinds() {
  std::vector<ActKind> kinds;
  for (int i = 0; i <= int(kLastAct); i++) kinds.push_back(ActKind(i));
  return kinds;
}

// One file per op, OP_cases.cpp.
template <class P> std::vector<Case<P>> cases_of();
template <> std::vector<Case<Activation>> cases_of();
template <> std::vector<Case<Add>> cases_of();
template <> std::vector<Case<AvgPool>> cases_of();
template <> std::vector<Case<BatchNorm>> cases_of();
template <> std::vector<Case<Binary>> cases_of();
template <> std::vector<Case<Concat>> cases_of();
template <> std::vector<Case<Constant>> cases_of();
template <> std::vector<Case<Conv2d>> cases_of();
template <> std::vector<Case<ConvTranspose2d>> cases_of();
template <> std::vector<Case<LayerNorm>> cases_of();
template <> std::vector<Case<Matmul>> cases_of();
template <> std::vector<Case<MaxPool>> cases_of();
template <> std::vector<Case<Permute>> cases_of();
template <> std::vector<Case<PixelShuffle>> cases_of();
template <> std::vector<Case<Rearrange>> cases_of();
template <> std::vector<Case<Resize>> cases_of();
template <> std::vector<Case<Scale>> cases_of();
template <> std::vector<Case<SimccHead>> cases_of();
template <> std::vector<Case<Slice>> cases_of();
template <> std::vector<Case<Softmax>> cases_of();
template <> std::vector<Case<Upsample>> cases_of();
template <> std::vector<Case<YoloHead>> cases_of();

// Returns the kernel that computes the magnitudes for a kernel whose terms differ from the reference's; null: the reference.
template <class P> const Kernel<P>* magnitude_of(const Kernel<P>&, const P&) {
  return nullptr;
}
template <> const Kernel<Conv2d>* magnitude_of(const Kernel<Conv2d>& kernel, const Conv2d& op); // for Winograd kernels

} // namespace pose::harness
