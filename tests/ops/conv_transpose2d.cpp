// Tests conv_transpose2d against scattering, which is its original formula, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/conv_transpose2d_cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;
using namespace pose::conv_transpose2d_cases;

namespace {

// Adds every input element's multiple of the kernel to the output, then cuts off the rim of `pad`.
Values scatter(const ConvTranspose2d& op, const Shape& in, const Shape& out, const Values& x, const Values& weight) {
  std::vector<double> y(std::size_t(out.count()), 0.0);
  const int in_group = op.in_c / op.groups, out_group = op.out_c / op.groups;
  for (int i = 0; i < op.in_c; i++)
    for (int o = 0; o < out_group; o++)
      for (int iy = 0; iy < in.h; iy++)
        for (int ix = 0; ix < in.w; ix++)
          for (int ky = 0; ky < op.kernel_h; ky++)
            for (int kx = 0; kx < op.kernel_w; kx++) {
              const int oy = iy * op.stride_h + ky - op.pad_top, ox = ix * op.stride_w + kx - op.pad_left, c = i / in_group * out_group + o;
              if (oy < 0 || oy >= out.h || ox < 0 || ox >= out.w) continue;
              y[std::size_t((c * out.h + oy) * out.w + ox)] += double(x[std::size_t((i * in.h + iy) * in.w + ix)]) *
                                                               weight[std::size_t(((i * out_group + o) * op.kernel_h + ky) * op.kernel_w + kx)];
            }
  return Values(y.begin(), y.end());
}

} // namespace

TEST_CASE("conv_transpose2d scatters its input") {
  for (ConvTranspose2d op : {square(3, 5, 4, 2, 1), square(6, 4, 3, 2, 1, 1, 2), square(8, 8, 4, 2, 1, 0, 8), square(2, 3, 2, 3, 0),
                             square(2, 2, 5, 1, 2), ConvTranspose2d{2, 3, 3, 4, 1, 2, 0, 1, 1, 2, 0, 1, 1, false, {}}}) {
    const Data data = data_of(op, 3, 5);
    const Shape out = infer(op, data.in);
    const Values x = random_values(data.in[0].count(), 5), want = scatter(op, data.in[0], out, x, data.weights[0]);
    for_each_result(op, data, {x}, [&](const std::string& name, const Values& y) {
      INFO(name);
      REQUIRE(y.size() == want.size());
      for (std::size_t i = 0; i < y.size(); i++) CHECK(std::abs(double(y[i]) - want[i]) <= 1e-5);
    });
  }
}

TEST_CASE("every kernel of conv_transpose2d matches the reference implementation") {
  check_kernels(cases_of<ConvTranspose2d>());
}

TEST_CASE("conv_transpose2d names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 2, 6}};
  const ConvTranspose2d good = square(6, 4, 4, 2, 1);
  const auto with = [&](int ConvTranspose2d::*field, int value) {
    ConvTranspose2d op = good;
    op.*field = value;
    return op;
  };
  CHECK(infer(good, x) == Shape{1, 4, 4, 4});
  CHECK(macs(good, x, infer(good, x)) == 6 * 4 * 4 * 4 * 4);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::in_c, 5), x), "in channels: expected 5, found input 1x6x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::out_c, 0), x), "out channels: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::groups, 3), x), "groups: expected a divisor of 6 and 4 channels, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::groups, 0), x), "groups: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::kernel_h, 0), x), "kernel height: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::stride_w, 0), x), "stride width: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::pad_left, -1), x), "padding width: expected 0 to 65536, found -1", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::pad_bottom, 9), x), "output height: expected 1 to 65536, found -4", Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::output_pad_h, 2), x), "output padding height: expected 0 to 1, less than the stride, found 2",
                       Error);
  CHECK_THROWS_WITH_AS(infer(with(&ConvTranspose2d::stride_h, 65536), x), "output height: expected 1 to 65536, found 65538", Error);
}
