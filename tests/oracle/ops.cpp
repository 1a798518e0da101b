// Tests single ops against the original's: YOLO heads, zero-padded max-pools, pixel shuffle, squeeze and excitation.
// SPDX-License-Identifier: MIT
#include "ops/ops.h"
#include "ops/infer.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"
#include "tests/oracle/oracle.h"

#include <doctest/doctest.h>

using namespace pose;

namespace {

const std::string kFolder = "ops";

Tensor map_of(const oracle::Case& c, const std::string& key) {
  const std::vector<std::int64_t>& s = c.shape(key);
  Tensor t(Shape{int(s.at(0)), int(s.at(2)), int(s.at(3)), int(s.at(1))});
  from_nchw(c.f32(key).data(), t.view());
  return t;
}

std::vector<float> dense(const Tensor& t) {
  std::vector<float> v(std::size_t(t.shape().count()));
  to_nchw(t.view(), v.data());
  return v;
}

// Runs one node as a net does: infer, choose, pack, run.
template <class P>
Tensor run(Target target, const P& op, const std::vector<const Tensor*>& inputs, const std::vector<const float*>& weights = {},
           Layout layout = Layout::blocked) {
  std::vector<Shape> shapes;
  std::vector<View<const float>> in;
  for (const Tensor* t : inputs) {
    shapes.push_back(t->shape());
    in.push_back(t->view());
  }
  Pool pool(2);
  Tensor out(infer(op, shapes), layout);
  Call call{{in.data(), int(in.size()), out.view()}, nullptr, nullptr, &pool};
  const Kernel<P>& kernel = choose(kernels_of<P>, target, op, call.maps);
  Buffer packed(kernel.packed_floats == nullptr ? 0 : kernel.packed_floats(op));
  Buffer scratch(kernel.scratch_floats == nullptr ? 0 : kernel.scratch_floats(op, call.maps, pool.threads()));
  if (kernel.pack != nullptr) kernel.pack(op, {weights.data(), nullptr, nullptr}, packed.data());
  call.packed = packed.data();
  call.scratch = scratch.data();
  kernel.run(op, call);
  return out;
}

void check(const Difference& d) {
  CHECK_MESSAGE(d.ok(), d.text());
}

// Calls f(case, target, the rest of the key after `prefix`) for every array whose name starts with it, of every case, on every available target.
template <class F> void for_each_array(const std::string& prefix, F f) {
  int found = 0;
  for (const std::string& name : oracle::case_names(kFolder)) {
    const oracle::Case c = oracle::load(kFolder, name);
    for (const auto& array : c.arrays) {
      if (array.first.rfind(prefix, 0) != 0) continue;
      found++;
      for (Target target : {Target::ref, Target::avx2, Target::avx512}) {
        if (target > best_target()) continue;
        INFO(name, " ", array.first, " on ", name_of(target));
        f(c, target, array.first.substr(prefix.size()));
      }
    }
  }
  CHECK_MESSAGE(found > 0, "no array ", prefix);
}

// docs/spec.md, section 3: anchors of the grid with this stride.
YoloHead head_of(int stride, int net) {
  const float w[9] = {10, 16, 33, 30, 62, 59, 116, 156, 373}, h[9] = {13, 30, 23, 61, 45, 119, 90, 198, 326};
  YoloHead op{3, 80, {}, {}, 1, net, net};
  const int first = stride == 32 ? 6 : stride == 16 ? 3 : 0;
  for (int a = 0; a < 3; a++) {
    op.anchor_w[a] = w[first + a];
    op.anchor_h[a] = h[first + a];
  }
  return op;
}

} // namespace

TEST_CASE("YOLO heads match the original's") {
  for_each_array("head_in_s", [](const oracle::Case& c, Target target, const std::string& stride) {
    const Tensor x = map_of(c, "head_in_s" + stride);
    const Tensor y = run(target, head_of(std::stoi(stride), c.info.at("inp_dim")), {&x}, {}, Layout::rows);
    check(compare(std::span(y.view().data, std::size_t(y.shape().count())), c.f32("head_out_s" + stride), 1e-6 * double(c.info.at("inp_dim")), 1e-6));
  });
}

TEST_CASE("zero-padded max-pools of the SPP block match the original's") {
  for_each_array("pool_out_", [](const oracle::Case& c, Target target, const std::string& size) {
    const int k = std::stoi(size), p = (k - 1) / 2;
    const Tensor x = map_of(c, "pool_in");
    check(compare(dense(run(target, MaxPool{k, k, 1, 1, p, p, p, p, Outside::zero}, {&x})), c.f32("pool_out_" + size), 0));
  });
}

TEST_CASE("pixel shuffle matches the original's") {
  for_each_array("ps_in", [](const oracle::Case& c, Target target, const std::string&) {
    const Tensor x = map_of(c, "ps_in");
    check(compare(dense(run(target, PixelShuffle{2}, {&x})), c.f32("ps_out"), 0));
  });
}

TEST_CASE("squeeze and excitation matches the original's") {
  for_each_array("se_in", [](const oracle::Case& c, Target target, const std::string&) {
    const Tensor x = map_of(c, "se_in");
    const std::vector<float> w1 = c.f32("se_w1"), b1 = c.f32("se_b1"), w2 = c.f32("se_w2"), b2 = c.f32("se_b2");
    Conv2d first = conv2d(x.shape().c, int(b1.size()), 1, 1, 0), second = conv2d(int(b1.size()), int(b2.size()), 1, 1, 0);
    first.bias = second.bias = true;
    first.act = kRelu;
    second.act = {ActKind::logistic};
    const Tensor mean = run(target, AvgPool{.global = true}, {&x});
    const Tensor hidden = run(target, first, {&mean}, {w1.data(), b1.data()});
    const Tensor factors = run(target, second, {&hidden}, {w2.data(), b2.data()});
    check(compare(dense(run(target, Scale{}, {&x, &factors})), c.f32("se_out"), 1e-6, 1e-6));
  });
}
