// Our kernels in bench/ops: every kernel of an op's table, and every registered one, that this machine can run.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"

namespace pose::bench {

// Returns the memory of all sets.  It is reused by the next runner, so its pages are already mapped.
Buffer& sets_memory(std::int64_t floats);
std::int64_t aligned(std::int64_t floats);

template <class P> Maps maps_of(const OpCase<P>& c, std::vector<View<const float>>& in) {
  in.clear();
  for (const Shape& s : c.site.in) in.push_back(layout_of(s, c.site.layout, c.site.halo));
  return {in.data(), int(in.size()), layout_of(c.out, c.out_layout, c.out_halo())};
}

template <class P> class KernelRunner : public Runner {
public:
  KernelRunner(const Kernel<P>& kernel, const OpCase<P>& c, const Inputs& inputs, int sets, int threads)
      : kernel_(kernel), op_(c.site.op), pool_(threads), y_(c.out, c.out_layout, c.out_halo()) {
    Maps maps = maps_of(c, in_);
    out_ = maps.out;
    std::vector<std::int64_t> in_at;
    for (const View<const float>& v : in_) in_at.push_back(take(v.image * v.shape.n));
    packed_at_ = take(kernel.packed_floats != nullptr ? kernel.packed_floats(op_) : 0);
    out_at_ = take(floats_of(out_));
    Buffer& memory = sets_memory(set_floats_ * sets);
    base_ = memory.data();
    std::fill_n(base_, set_floats_, 0.0f);
    for (std::size_t i = 0; i < in_.size(); i++) {
      View<float> v = layout_of(c.site.in[i], c.site.layout, c.site.halo);
      v.data = base_ + in_at[i] + origin_of(v);
      from_nchw(inputs.values[i].data(), v);
      in_[i] = v;
    }
    out_.data = base_ + out_at_ + origin_of(out_);
    if (kernel.pack != nullptr) kernel.pack(op_, {inputs.tensors().data(), nullptr, nullptr}, base_ + packed_at_);
    from_nchw(std::vector<float>(std::size_t(c.out.count()), std::nanf("")).data(), out_); // NaN shows values that are not written
    for (int i = 1; i < sets; i++) std::copy_n(base_, set_floats_, base_ + i * set_floats_);
    scratch_ = Buffer(kernel.scratch_floats != nullptr ? kernel.scratch_floats(op_, maps, threads) : 0);
    set_in_ = in_;
  }

  void run(int set) override {
    const std::int64_t offset = set * set_floats_;
    for (std::size_t i = 0; i < in_.size(); i++) set_in_[i].data = in_[i].data + offset;
    Call call;
    call.maps = {set_in_.data(), int(set_in_.size()), out_};
    call.maps.out.data += offset;
    call.packed = base_ + packed_at_ + offset;
    call.scratch = scratch_.data();
    call.pool = &pool_;
    kernel_.run(op_, call);
  }

  const Tensor& result() override {
    std::vector<float> dense(std::size_t(out_.shape.count()));
    to_nchw(out_, dense.data());
    from_nchw(dense.data(), y_.view());
    return y_;
  }

private:
  std::int64_t take(std::int64_t floats) {
    const std::int64_t at = set_floats_;
    set_floats_ += aligned(floats);
    return at;
  }

  const Kernel<P>& kernel_;
  P op_;
  Pool pool_;
  Tensor y_;
  std::vector<View<const float>> in_, set_in_;
  View<float> out_;
  std::int64_t set_floats_ = 0, packed_at_ = 0, out_at_ = 0; // in floats, within a set
  float* base_ = nullptr;
  Buffer scratch_;
};

template <class P> Contender<P> contender_of(const Kernel<P>& kernel, int threads) {
  Contender<P> contender;
  contender.name = kernel.name;
  contender.accepts = [&kernel](const OpCase<P>& c) {
    std::vector<View<const float>> in;
    const Maps maps = maps_of(c, in);
    return kernel.accepts == nullptr || kernel.accepts(c.site.op, maps);
  };
  contender.make = [&kernel, threads](const OpCase<P>& c, const Inputs& inputs, int sets) {
    return std::make_unique<KernelRunner<P>>(kernel, c, inputs, sets, threads);
  };
  return contender;
}

// Registered kernels come first.
template <class P> std::vector<Contender<P>> our_contenders(const Settings& settings) {
  std::vector<Contender<P>> all;
  const auto add = [&](const Kernel<P>& k) {
    if (k.target <= best_target()) all.push_back(contender_of(k, settings.threads));
  };
  for (const Kernel<P>* k : registered_kernels<P>()) add(*k);
  for (const Kernel<P>* k : kernels_of<P>) {
    if (k->target != Target::ref || settings.reference) add(*k);
  }
  return all;
}

} // namespace pose::bench
