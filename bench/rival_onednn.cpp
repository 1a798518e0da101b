// oneDNN's convolution, as primitives in the layouts that it prefers.
// SPDX-License-Identifier: MIT
#include "bench/rival_kernels.h"

#include <dnnl.hpp>
#include <omp.h>

namespace pose::bench {
namespace {

using dnnl::memory;

memory::dims dims_of(const Shape& s) {
  return {s.n, s.c, s.h, s.w};
}

// A convolution in any layouts on the CPU.
dnnl::convolution_forward::primitive_desc describe(const dnnl::engine& engine, const Conv2d& op, const Shape& in, const Shape& out) {
  const auto any = [](const memory::dims& dims) { return memory::desc(dims, memory::data_type::f32, memory::format_tag::any); };
  const memory::dims weights = op.groups == 1 ? memory::dims{op.out_c, op.in_c, op.kernel_h, op.kernel_w}
                                              : memory::dims{op.groups, op.out_c / op.groups, op.in_c / op.groups, op.kernel_h, op.kernel_w};
  const memory::dims strides{op.stride_h, op.stride_w}, before{op.pad_top, op.pad_left}, behind{op.pad_bottom, op.pad_right};
  const auto forward = dnnl::prop_kind::forward_inference;
  const auto algorithm = dnnl::algorithm::convolution_direct;
  if (op.bias) return {{forward, algorithm, any(dims_of(in)), any(weights), any({op.out_c}), any(dims_of(out)), strides, before, behind}, engine};
  return {{forward, algorithm, any(dims_of(in)), any(weights), any(dims_of(out)), strides, before, behind}, engine};
}

class OnednnRunner : public Runner {
public:
  OnednnRunner(const OpCase<Conv2d>& c, const Inputs& inputs, int sets, int threads)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_), y_(c.out), dense_(std::size_t(c.out.count())) {
    omp_set_num_threads(threads);
    const Conv2d& op = c.site.op;
    const auto description = describe(engine_, op, c.site.in[0], c.out);
    convolution_ = dnnl::convolution_forward(description);
    const memory::format_tag weights_tag = op.groups == 1 ? memory::format_tag::oihw : memory::format_tag::goihw;
    for (int i = 0; i < sets; i++) {
      Set set;
      set[DNNL_ARG_SRC] = reordered(inputs.values[0], dims_of(c.site.in[0]), memory::format_tag::nchw, description.src_desc());
      set[DNNL_ARG_WEIGHTS] = reordered(inputs.weights[0], description.weights_desc().dims(), weights_tag, description.weights_desc());
      if (op.bias) set[DNNL_ARG_BIAS] = reordered(inputs.weights[1], {op.out_c}, memory::format_tag::a, description.bias_desc());
      set[DNNL_ARG_DST] = memory(description.dst_desc(), engine_);
      sets_.push_back(set);
    }
  }

  void run(int set) override {
    convolution_.execute(stream_, sets_[std::size_t(set)]);
    stream_.wait();
  }

  const Tensor& result() override {
    memory dense({dims_of(y_.shape()), memory::data_type::f32, memory::format_tag::nchw}, engine_, dense_.data());
    memory& from = sets_[0][DNNL_ARG_DST];
    dnnl::reorder(from, dense).execute(stream_, from, dense);
    stream_.wait();
    from_nchw(dense_.data(), y_.view());
    return y_;
  }

private:
  using Set = std::unordered_map<int, memory>;

  memory reordered(const std::vector<float>& values, const memory::dims& dims, memory::format_tag tag, const memory::desc& to) {
    memory from({dims, memory::data_type::f32, tag}, engine_, const_cast<float*>(values.data())), result(to, engine_);
    dnnl::reorder(from, result).execute(stream_, from, result);
    stream_.wait();
    return result;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::convolution_forward convolution_;
  std::vector<Set> sets_;
  Tensor y_;
  std::vector<float> dense_;
};

} // namespace

Contender<Conv2d> rival_onednn(int threads) {
  Contender<Conv2d> rival;
  rival.name = "rival_onednn";
  rival.accepts = [](const OpCase<Conv2d>& c) { return is_plain(c.site.op); };
  rival.make = [threads](const OpCase<Conv2d>& c, const Inputs& inputs, int sets) -> std::unique_ptr<Runner> {
    try {
      return std::make_unique<OnednnRunner>(c, inputs, sets, threads);
    } catch (const dnnl::error& e) {
      fail("rival_onednn: {}: {}", c.name(), e.what());
    }
  };
  return rival;
}

} // namespace pose::bench
