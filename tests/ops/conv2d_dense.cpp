// Tests conv2d on 1x1 maps: fully connected layers of real sizes, for batches around the number of images that the kernels take at once.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/check.h"
#include "tensor/tensor.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <string>

using namespace pose;
using namespace pose::harness;

namespace {

constexpr int kPictures = 14; // more than twice the number that a kernel takes at once

bool accepts_dense(const Kernel<Conv2d>& k, const Conv2d& op) {
  const View<const float> in = layout_of({1, 1, 1, op.in_c}, Layout::blocked);
  return k.accepts == nullptr || k.accepts(op, {&in, 1, layout_of({1, 1, 1, op.out_c}, Layout::blocked)});
}

// One kernel with its weights packed.
struct Dense {
  const Kernel<Conv2d>& kernel;
  const Conv2d& op;
  Buffer packed;

  Dense(const Kernel<Conv2d>& k, const Conv2d& o, const RawWeights& raw)
      : kernel(k), op(o), packed(k.packed_floats != nullptr ? k.packed_floats(o) : 0) {
    if (kernel.pack != nullptr) kernel.pack(op, raw, packed.data());
  }

  // Returns the dense output of images [first, first + n).
  Values run(const Values& x, int first, int n, Pool& pool) const {
    Tensor in({n, 1, 1, op.in_c}), out({n, 1, 1, op.out_c}, Layout::blocked, 1);
    from_nchw(x.data() + std::int64_t(first) * op.in_c, in.view());
    const View<const float> view = in.view();
    const Maps maps{&view, 1, out.view()};
    Buffer scratch(kernel.scratch_floats != nullptr ? kernel.scratch_floats(op, maps, pool.threads()) : 0);
    kernel.run(op, {maps, packed.data(), scratch.data(), &pool});
    Values y(std::size_t(n) * std::size_t(op.out_c));
    to_nchw(out.view(), y.data());
    return y;
  }
};

void check_batches(const Dense& dense, const Values& x, const RawWeights& raw, Pool& one, Pool& several) {
  const Values all = dense.run(x, 0, kPictures, one);
  const Shape shape{kPictures, 1, 1, dense.op.in_c};
  Tensor y({kPictures, 1, 1, dense.op.out_c});
  from_nchw(all.data(), y.view());
  const Difference d = compare_samples(dense.kernel.name, dense.op, shape, x.data(), raw, y.view(), 400);
  CHECK_MESSAGE(d.ok(), d.text());
  CHECK(dense.run(x, 0, kPictures, several) == all);
  for (int n = 1; n < kPictures; n++) {
    const int first = kPictures - n;
    const Values part = dense.run(x, first, n, n % 2 == 0 ? one : several);
    CHECK_MESSAGE(std::equal(part.begin(), part.end(), all.begin() + std::int64_t(first) * dense.op.out_c), n, " images differ from the batch");
  }
}

} // namespace

TEST_CASE("fully connected layers are right, and the same for every batch and number of threads") {
  Pool one(1), several(3);
  const int sizes[][2] = {{256, 256}, {512, 512}, {2048, 2048}, {16, 40}, {17, 1}, {100, 70}, {1000, 130}};
  for (const int(&size)[2] : sizes) {
    const int in_c = size[0], out_c = size[1];
    Conv2d op = conv2d(in_c, out_c, 1, 1, 0);
    op.bias = true;
    op.act = kRelu;
    const Values weight = random_values(std::int64_t(in_c) * out_c, 1), bias = random_values(out_c, 2);
    const Values x = random_values(std::int64_t(kPictures) * in_c, 3);
    const float* tensors[] = {weight.data(), bias.data()};
    const RawWeights raw{tensors, nullptr, nullptr};
    for (const Kernel<Conv2d>* k : conv2d_kernels) {
      CAPTURE(std::string(k->name));
      CAPTURE(in_c);
      if (available(k->target) && k->target != Target::ref && accepts_dense(*k, op)) check_batches(Dense(*k, op, raw), x, raw, one, several);
    }
  }
}
