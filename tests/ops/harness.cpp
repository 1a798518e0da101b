// Implements harness.h: runs one case and compares the results.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include "tensor/compare.h"
#include "tests/ops/guarded_map.h"

#include <cstring>
#include <limits>
#include <memory>

namespace pose::harness {
namespace {

struct Setting {
  bool gaps = false;
  int in_halo = 0, out_halo = 0;
  int threads = 1;
  int first = 0, images = kBatch; // which images of the batch
};

Pool& pool_of(int threads) {
  static Pool one(1), three(3);
  return threads == 1 ? one : three;
}

// Packs, runs and collects; returns no value when the kernel does not accept the maps.
std::optional<Values> run_kernel(const BoundKernel& k, const Data& d, const std::vector<Values>& inputs, const Shape& out, const Setting& s,
                                 std::vector<std::string>& faults) {
  std::vector<std::unique_ptr<GuardedMap>> in;
  std::vector<View<const float>> views;
  for (std::size_t i = 0; i < d.in.size(); i++) {
    in.push_back(std::make_unique<GuardedMap>(with_n(d.in[i], s.images), d.layout, s.in_halo, s.gaps));
    in.back()->fill(inputs[i].data() + s.first * with_n(d.in[i], 1).count());
    views.push_back(in.back()->view());
  }
  GuardedMap y(with_n(out, s.images), d.out_layout, s.out_halo, s.gaps);
  Call call;
  call.maps = {views.data(), int(views.size()), y.view()};
  call.pool = &pool_of(s.threads);
  if (!k.accepts(call.maps)) return std::nullopt;

  std::vector<const float*> tensors;
  for (const Values& w : d.weights) tensors.push_back(w.data());
  GuardedFloats packed(k.packed_floats()), scratch(k.scratch_floats(call.maps, s.threads));
  std::fill_n(packed.data(), packed.floats(), 0.0f);
  k.pack({tensors.data(), d.scale.empty() ? nullptr : d.scale.data(), d.shift.empty() ? nullptr : d.shift.data()}, packed.data());
  call.packed = packed.data();
  call.scratch = scratch.data();
  k.run(call);

  auto note = [&](const std::string& what) {
    if (!what.empty()) faults.push_back(fmt::format("{} (gaps {}, threads {}, images {})", what, s.gaps, s.threads, s.images));
  };
  note(y.damage());
  if (!packed.guards_intact()) note("wrote outside the packed weights");
  if (!scratch.guards_intact()) note("wrote outside the scratch memory");
  for (auto& m : in)
    if (m->changed()) note("changed an input");
  return y.dense();
}

void scatter_special(Values& v) {
  using L = std::numeric_limits<float>;
  const float special[] = {L::quiet_NaN(), L::infinity(), -L::infinity(), 0.0f,   -0.0f,  L::denorm_min(), -L::denorm_min(),
                           L::max(),       -L::max(),     88.8f,          -88.8f, 104.0f, -104.0f};
  scatter(v, special, std::size(special));
}

bool same_bits(const float* a, const float* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(float)) == 0;
}

// Batch 3 on three threads and the three images alone must give the bits of `batch`.
void check_same_bits(const BoundKernel& k, const Data& d, const std::vector<Values>& inputs, const Shape& out, Setting s, const Values& batch,
                     std::vector<std::string>& faults) {
  s.threads = 3;
  const std::optional<Values> threaded = run_kernel(k, d, inputs, out, s, faults);
  if (!threaded || !same_bits(threaded->data(), batch.data(), batch.size())) faults.push_back("1 and 3 threads differ");
  s.images = 1;
  const std::size_t count = batch.size() / kBatch;
  for (s.first = 0; s.first < kBatch; s.first++) {
    s.threads = s.first == 1 ? 3 : 1;
    const std::optional<Values> single = run_kernel(k, d, inputs, out, s, faults);
    if (!single || !same_bits(single->data(), batch.data() + std::size_t(s.first) * count, count))
      faults.push_back(fmt::format("image {} alone differs from the batch", s.first));
  }
}

// Calls f(maps) with maps of these shapes and null data.
template <class F> auto with_maps(const Data& data, const Shape& out, const Setting& s, F f) {
  std::vector<View<const float>> in;
  for (const Shape& shape : data.in) in.push_back(layout_of(with_n(shape, s.images), data.layout, s.in_halo));
  return f(Maps{in.data(), int(in.size()), layout_of(with_n(out, s.images), data.out_layout, s.out_halo)});
}

// Returns whether the kernel runs on maps of these shapes.  Called before the reference, which is slow.
bool accepted(const BoundKernel& kernel, const Data& data, const Shape& out, const Setting& s) {
  return with_maps(data, out, s, [&](const Maps& maps) { return kernel.accepts(maps); });
}

void check_scratch(const BoundKernel& kernel, const Data& data, const Shape& out, Setting s, std::vector<std::string>& faults) {
  for (int threads : {1, 3}) {
    std::int64_t before = 0;
    for (s.images = 1; s.images <= 8; s.images++) {
      const std::int64_t floats = with_maps(data, out, s, [&](const Maps& maps) { return kernel.scratch_floats(maps, threads); });
      if (floats < before) faults.push_back(fmt::format("scratch of {} floats for {} images, {} for one fewer", floats, s.images, before));
      before = floats;
    }
  }
}

} // namespace

Tolerance exact() {
  return [](std::int64_t, double, double) { return 0.0; };
}

Tolerance sum_of(std::int64_t terms, const Act& act) {
  return [terms, act](std::int64_t, double want, double magnitude) {
    return sum_bound(double(terms), magnitude) * 1.1 + act_bound(act, want); // the slope of swish and mish is at most 1.1
  };
}

Verdict examine(const BoundKernel& kernel, const BoundKernel& reference, const BoundKernel* magnitude, const Data& data, const Shape& out,
                const Tolerance& tolerance) {
  Verdict verdict;
  const Tolerance allowed = tolerance ? tolerance : exact();
  const Setting tight{false, data.halo, 0, 1, 0, kBatch}, loose{true, data.halo + 1, data.out_layout == Layout::blocked ? 1 : 0, 1, 0, kBatch};
  if (!accepted(kernel, data, out, tight) && !accepted(kernel, data, out, loose)) return verdict;
  std::vector<std::string> ignored; // the reference is examined by a separate call
  std::vector<Values> inputs, absolutes;
  for (const Shape& s : data.in) {
    inputs.push_back(random_values(with_n(s, kBatch).count(), unsigned(inputs.size() + 1), data.low, data.high));
    if (data.special) scatter_special(inputs.back());
    absolutes.push_back(absolute(inputs.back()));
  }
  const Values want = run_kernel(reference, data, inputs, out, tight, ignored).value();
  Values sums(want.size(), 0.0f);
  if (magnitude != nullptr) sums = run_kernel(*magnitude, with_absolute_weights(data), absolutes, out, tight, ignored).value();
  check_scratch(kernel, data, out, tight, verdict.faults);
  for (const Setting& s : {tight, loose}) {
    const std::optional<Values> got = run_kernel(kernel, data, inputs, out, s, verdict.faults);
    if (!got) continue;
    verdict.ran = true;
    const Difference d = compare(*got, want, [&](std::int64_t i) { return allowed(i, want[std::size_t(i)], sums[std::size_t(i)]); });
    if (!d.ok()) verdict.faults.push_back(fmt::format("gaps {}: {}", s.gaps, d.text()));
    check_same_bits(kernel, data, inputs, out, s, *got, verdict.faults);
  }
  return verdict;
}

Values run_once(const BoundKernel& kernel, const Data& data, const std::vector<Values>& inputs, const Shape& out) {
  std::vector<std::string> faults;
  Setting s{false, data.halo, 0, 1, 0, 1};
  return run_kernel(kernel, data, inputs, out, s, faults).value_or(Values());
}

bool available(Target target) {
  try {
    require_target(target);
    return true;
  } catch (const Error&) {
    return false;
  }
}

} // namespace pose::harness
