// OpenBLAS: a convolution as one matrix product, [outputs x window] * [window x pixels], of maps [c][h][w].
// SPDX-License-Identifier: MIT
#include "bench/rival_kernels.h"

#include <cblas.h>

#include <algorithm>

namespace pose::bench {
namespace {

bool is_one_by_one(const Conv2d& op) {
  return op.kernel_h == 1 && op.kernel_w == 1 && op.stride_h == 1 && op.stride_w == 1 && op.pad_top + op.pad_left + op.pad_bottom + op.pad_right == 0;
}

// columns[window][pixels] of one image.
void im2col(const Conv2d& op, const Shape& in, const Shape& out, const float* x, float* columns) {
  for (int c = 0; c < op.in_c; c++) {
    for (int ky = 0; ky < op.kernel_h; ky++) {
      for (int kx = 0; kx < op.kernel_w; kx++) {
        for (int y = 0; y < out.h; y++, columns += out.w) {
          const int from = y * op.stride_h + ky - op.pad_top;
          const float* row = x + (std::int64_t(c) * in.h + from) * in.w;
          for (int i = 0; i < out.w; i++) {
            const int at = i * op.stride_w + kx - op.pad_left;
            columns[i] = from >= 0 && from < in.h && at >= 0 && at < in.w ? row[at] : 0;
          }
        }
      }
    }
  }
}

class OpenblasRunner : public Runner {
public:
  OpenblasRunner(const OpCase<Conv2d>& c, const Inputs& inputs, int sets, int threads)
      : op_(c.site.op), in_(c.site.in[0]), y_(c.out), window_(op_.in_c * op_.kernel_h * op_.kernel_w), pixels_(c.out.h * c.out.w),
        bias_(op_.bias ? inputs.weights[1] : std::vector<float>()), columns_(is_one_by_one(op_) ? 0 : std::int64_t(window_) * pixels_) {
    openblas_set_num_threads(threads);
    for (int i = 0; i < sets; i++) {
      Set& set = sets_.emplace_back();
      set.x = inputs.values[0];
      set.weights = inputs.weights[0];
      set.y.assign(std::size_t(c.out.count()), 0.0f);
    }
  }

  void run(int index) override {
    Set& set = sets_[std::size_t(index)];
    for (int n = 0; n < in_.n; n++) {
      const float* x = set.x.data() + std::int64_t(n) * in_.c * in_.h * in_.w;
      float* y = set.y.data() + std::int64_t(n) * op_.out_c * pixels_;
      if (columns_.floats() > 0) im2col(op_, in_, y_.shape(), x, columns_.data());
      multiply(set.weights.data(), columns_.floats() > 0 ? columns_.data() : x, y);
    }
  }

  const Tensor& result() override {
    from_nchw(sets_[0].y.data(), y_.view());
    return y_;
  }

private:
  struct Set {
    std::vector<float> x, weights, y;
  };

  void multiply(const float* weights, const float* columns, float* y) const {
    for (std::size_t o = 0; o < bias_.size(); o++) std::fill_n(y + std::int64_t(o) * pixels_, pixels_, bias_[o]);
    const float beta = bias_.empty() ? 0 : 1;
    if (pixels_ == 1)
      cblas_sgemv(CblasRowMajor, CblasNoTrans, op_.out_c, window_, 1, weights, window_, columns, 1, beta, y, 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, op_.out_c, pixels_, window_, 1, weights, window_, columns, pixels_, beta, y, pixels_);
  }

  Conv2d op_;
  Shape in_;
  Tensor y_;
  int window_, pixels_;
  std::vector<float> bias_;
  Buffer columns_;
  std::vector<Set> sets_;
};

} // namespace

Contender<Conv2d> rival_openblas(int threads) {
  Contender<Conv2d> rival;
  rival.name = "rival_openblas";
  rival.accepts = [](const OpCase<Conv2d>& c) { return is_plain(c.site.op) && c.site.op.groups == 1; };
  rival.make = [threads](const OpCase<Conv2d>& c, const Inputs& inputs, int sets) {
    return std::make_unique<OpenblasRunner>(c, inputs, sets, threads);
  };
  return rival;
}

} // namespace pose::bench
