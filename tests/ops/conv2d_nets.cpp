// Tests conv2d on every distinct convolution of the networks with its real channels, on smaller maps.
// SPDX-License-Identifier: MIT
#include "nets/sites.h"
#include "nets/zoo.h"
#include "ops/conv2d/check.h"
#include "tensor/tensor.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

using namespace pose;
using namespace pose::harness;

namespace {

// Nets whose graph needs no weights file; the depthwise convolutions are yolo-fastest-xl's.
constexpr const char* kNets[] = {"yolov3-spp", "yolov3", "yolov3-tiny", "yolov4-tiny", "yolo-fastest-xl", "fastpose"};

// Input of pack(): weights that keep outputs near 1; the bias, or the folded batch norm that follows all other convolutions.
struct Weights {
  Values weight, bias, scale, shift;
  const float* tensors[2] = {};

  explicit Weights(const Site<Conv2d>& site) {
    const int out_c = site.op.out_c;
    const float range = std::sqrt(3.0f * float(out_c) / float(site.params[0]));
    weight = random_values(site.params[0], 1, -range, range);
    tensors[0] = weight.data();
    if (site.op.bias) {
      bias = random_values(out_c, 2);
      tensors[1] = bias.data();
    } else {
      scale = random_values(out_c, 2, 0.5f, 1.5f);
      shift = random_values(out_c, 3);
    }
  }
  RawWeights raw() const { return bias.empty() ? RawWeights{tensors, scale.data(), shift.data()} : RawWeights{tensors, nullptr, nullptr}; }
};

void run(const Kernel<Conv2d>& kernel, const Conv2d& op, const Weights& weights, View<const float> x, View<float> y, Pool& pool) {
  Call call;
  call.maps = {&x, 1, y};
  Buffer packed(kernel.packed_floats(op));
  Buffer scratch(kernel.scratch_floats != nullptr ? kernel.scratch_floats(op, call.maps, pool.threads()) : 0);
  kernel.pack(op, weights.raw(), packed.data());
  call.packed = packed.data();
  call.scratch = scratch.data();
  call.pool = &pool;
  kernel.run(op, call);
}

// Returns the convolutions of all networks on maps of up to 437 pixels, which is more than one block; equal ones once.
std::vector<Site<Conv2d>> reduced_sites() {
  std::vector<Site<Conv2d>> sites;
  for (const char* net : kNets) {
    for (Site<Conv2d> site : sites_of<Conv2d>(load_graph(net, {}))) {
      Shape& in = site.in[0];
      in.h = std::min(in.h, 19);
      in.w = std::min(in.w, 23);
      site.node = fmt::format("{} {}", net, site.node);
      add_site(sites, site);
    }
  }
  return sites;
}

void check_kernels_on(const Site<Conv2d>& site, Pool& one, Pool& several) {
  const Shape in = site.in[0], out = infer(site.op, site.in);
  const Weights weights(site);
  const Values values = random_values(in.count(), 4);
  Tensor x(in, site.layout, site.halo), y(out), again(out);
  from_nchw(values.data(), x.view());
  for (const Kernel<Conv2d>* kernel : conv2d_kernels) {
    const View<const float> xv = x.view();
    if (kernel->target == Target::ref || !available(kernel->target) || !kernel->accepts(site.op, {&xv, 1, y.view()})) continue;
    const std::string where = fmt::format("{} on {}, {} -> {}", kernel->name, site.node, to_text(in), to_text(out));
    run(*kernel, site.op, weights, xv, y.view(), one);
    run(*kernel, site.op, weights, xv, again.view(), several);
    CHECK_MESSAGE(std::memcmp(y.view().data, again.view().data, std::size_t(floats_of(y.view())) * sizeof(float)) == 0, where);
    const Difference d = compare_samples(kernel->name, site.op, in, values.data(), weights.raw(), y.view(), 300);
    CHECK_MESSAGE(d.ok(), where, ": ", d.text());
  }
}

} // namespace

TEST_CASE("kernels of conv2d are right on the networks' layers") {
  Pool one(1), three(3);
  for (const Site<Conv2d>& site : reduced_sites()) check_kernels_on(site, one, three);
}
