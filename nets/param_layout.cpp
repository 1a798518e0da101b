// Implements param_layout.h: the parameters of each op, as its header lists them.
// SPDX-License-Identifier: MIT
#include "nets/param_layout.h"

#include "ops/infer.h"
#include "tensor/file.h"

namespace pose {
namespace {

// `outer` and `inner` are the two channel counts of the weight.  The inner one is divided by the number of groups.
std::vector<ParamSpec> conv_layout(int outer, int inner, int out_c, int groups, int kernel_h, int kernel_w, bool bias) {
  expect_size("groups", groups);
  if (inner % groups != 0) fail("groups: expected a divisor of {}, found {}", inner, groups);
  std::vector<ParamSpec> specs = {{"", {outer, inner / groups, kernel_h, kernel_w}, Role::weight}};
  if (bias) specs.push_back({"", {out_c}, Role::bias});
  return specs;
}

std::vector<ParamSpec> layout(const Conv2d& op) {
  return conv_layout(op.out_c, op.in_c, op.out_c, op.groups, op.kernel_h, op.kernel_w, op.bias);
}

std::vector<ParamSpec> layout(const ConvTranspose2d& op) {
  return conv_layout(op.in_c, op.out_c, op.out_c, op.groups, op.kernel_h, op.kernel_w, op.bias);
}

std::vector<ParamSpec> layout(const BatchNorm& op) {
  return {{"", {op.c}, Role::gamma}, {"", {op.c}, Role::beta}, {"", {op.c}, Role::mean}, {"", {op.c}, Role::var}};
}

std::vector<ParamSpec> layout(const LayerNorm& op) {
  return {{"", {op.c}, Role::gamma}, {"", {op.c}, Role::beta}};
}

std::vector<ParamSpec> layout(const Constant& op) {
  return {{"", {op.channels, op.height, op.width}, Role::beta}};
}

template <class P> std::vector<ParamSpec> layout(const P&) {
  return {};
}

} // namespace

std::vector<ParamSpec> param_layout(const Op& op) {
  std::vector<ParamSpec> specs = std::visit([](const auto& p) { return layout(p); }, op);
  for (const ParamSpec& spec : specs) {
    for (std::int64_t side : spec.shape) expect_size("parameter side", side);
    checked_product("parameter", spec.shape);
  }
  return specs;
}

} // namespace pose
