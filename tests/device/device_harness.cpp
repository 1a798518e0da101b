// Implements device_harness.h: runs one case on the device and compares its results.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include "device/device_element.h"
#include "device/emulator/schedule.h"
#include "ops/device_bound.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"
#include "tests/device/test_device.h"

#include <cstring>
#include <limits>

namespace pose::device_harness {
namespace {

constexpr Precision kPrecisions[] = {Precision::fp32, Precision::tf32, Precision::fp16};
constexpr std::uint32_t kUntouched = 0x7fc0dead, kUntouchedHalf = 0x7ead; // NaNs that no arithmetic produces

using device_test::gpu;
using harness::kBatch;
using harness::with_n;

// Returns the value as the precision stores it.
float stored(float v, Precision p) {
  return p == Precision::fp16 ? __half2float(__float2half_rn(v)) : v;
}
Values stored(Values v, Precision p) {
  for (float& f : v) f = stored(f, p);
  return v;
}

// Device memory that holds a map: `before` lanes, the map, lanes after it; everything outside the map keeps its pattern.
class Map {
public:
  Map(Shape shape, Element element, bool rows, bool wide, Stream& stream) : stream_(stream) {
    lanes_ = rows ? shape.c : device_lanes(shape.c);
    before_ = wide && !rows ? kDeviceLanes : 0;
    map_.shape = shape;
    map_.pitch = lanes_ + 2 * before_;
    map_.element = element;
    bytes_ = std::size_t(map_.pixels()) * std::size_t(map_.pitch) * std::size_t(bytes_of(element));
    host_.resize(bytes_);
    const std::uint32_t untouched = pattern();
    for (std::size_t i = 0; i < bytes_ / std::size_t(bytes_of(element)); i++)
      std::memcpy(this->element(i), &untouched, std::size_t(bytes_of(element)));
    buffer_ = DeviceBuffer(gpu(), std::int64_t(bytes_), "a map of the tests");
    map_.data = buffer_.data() + before_ * bytes_of(element);
    upload();
  }

  const DeviceMap& map() const { return map_; }

  void fill(const float* nchw) {
    const Shape& s = map_.shape;
    each_lane([&](int n, int y, int x, int c, std::size_t at) {
      write_element(map_.element, c < s.c ? nchw[((std::int64_t(n) * s.c + c) * s.h + y) * s.w + x] : 0.0f, element(at));
    });
    upload();
  }

  // Returns [n, c, h, w], or [n][boxes][attributes] of rows.
  Values dense(bool rows) {
    const Shape& s = map_.shape;
    Values v(std::size_t(s.count()));
    each_lane([&](int n, int y, int x, int c, std::size_t at) {
      if (c >= s.c) return;
      const std::int64_t to = rows ? ((std::int64_t(n) * s.h + y) * s.w + x) * s.c + c : ((std::int64_t(n) * s.c + c) * s.h + y) * s.w + x;
      v[std::size_t(to)] = get(at);
    });
    return v;
  }

  // Returns the first fault other than wrong values after a kernel wrote the map, or "".
  std::string damage() {
    stream_.copy_out(host_.data(), buffer_.data(), std::int64_t(bytes_));
    stream_.synchronize();
    std::string fault;
    std::vector<bool> ours(bytes_ / std::size_t(bytes_of(map_.element)), false);
    each_lane([&](int n, int y, int x, int c, std::size_t at) {
      ours[at] = true;
      if (fault.empty() && untouched(at)) fault = fmt::format("did not write lane {} of pixel {},{} of image {}", c, y, x, n);
      if (fault.empty() && c >= map_.shape.c && get(at) != 0) fault = fmt::format("lane {} beyond the channels is {}, not 0", c, get(at));
    });
    for (std::size_t i = 0; i < ours.size(); i++) {
      if (fault.empty() && !ours[i] && !untouched(i)) fault = fmt::format("wrote element {} outside the map", i);
    }
    return fault;
  }

private:
  template <class F> void each_lane(F f) {
    const Shape& s = map_.shape;
    for (int n = 0; n < s.n; n++) {
      for (int y = 0; y < s.h; y++) {
        for (int x = 0; x < s.w; x++) {
          for (int c = 0; c < lanes_; c++) f(n, y, x, c, std::size_t(((std::int64_t(n) * s.h + y) * s.w + x) * map_.pitch + before_ + c));
        }
      }
    }
  }
  std::byte* element(std::size_t at) { return host_.data() + std::size_t(bytes_of(map_.element)) * at; }
  const std::byte* element(std::size_t at) const { return host_.data() + std::size_t(bytes_of(map_.element)) * at; }
  std::uint32_t pattern() const { return map_.element == Element::f16 ? kUntouchedHalf : kUntouched; }
  float get(std::size_t at) const { return read_element(map_.element, element(at)); }
  bool untouched(std::size_t at) const {
    std::uint32_t bits = 0;
    std::memcpy(&bits, element(at), std::size_t(bytes_of(map_.element)));
    return bits == pattern();
  }
  void upload() {
    stream_.copy_in(buffer_.data(), host_.data(), std::int64_t(bytes_));
    stream_.synchronize();
  }

  Stream& stream_;
  DeviceMap map_;
  int lanes_ = 0, before_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::byte> host_;
  DeviceBuffer buffer_;
};

struct Setting {
  Precision precision = Precision::fp32;
  bool wide = false;
  int first = 0, images = kBatch;
};

DeviceBuffer packed_weights(const BoundDeviceKernel& k, const Data& d, Precision p, Stream& stream) {
  const std::int64_t bytes = k.packed_bytes(p);
  if (bytes == 0) return {};
  std::vector<std::byte> packed(std::size_t(bytes), std::byte{0});
  std::vector<const float*> tensors;
  for (const Values& w : d.weights) tensors.push_back(w.data());
  k.pack({tensors.data(), d.scale.empty() ? nullptr : d.scale.data(), d.shift.empty() ? nullptr : d.shift.data()}, p, packed.data());
  DeviceBuffer buffer(gpu(), bytes, "packed weights of the tests");
  stream.copy_in(buffer.data(), packed.data(), bytes);
  stream.synchronize();
  return buffer;
}

std::optional<Values> run_kernel(const BoundDeviceKernel& k, const Data& d, const std::vector<Values>& inputs, const Shape& out, const Setting& s,
                                 std::vector<std::string>& faults) {
  Stream stream(gpu());
  std::vector<std::unique_ptr<Map>> in;
  std::vector<DeviceMap> maps;
  for (std::size_t i = 0; i < d.in.size(); i++) {
    in.push_back(std::make_unique<Map>(with_n(d.in[i], s.images), element_of(s.precision), false, s.wide, stream));
    in.back()->fill(inputs[i].data() + s.first * with_n(d.in[i], 1).count());
    maps.push_back(in.back()->map());
  }
  const bool rows = d.out_layout == Layout::rows;
  Map y(with_n(out, s.images), rows || d.wide_out ? Element::f32 : element_of(s.precision), rows, s.wide, stream);
  DeviceCall call;
  call.maps = {maps.data(), int(maps.size()), y.map()};
  call.precision = s.precision;
  call.stream = stream.handle();
  GpuInfo info = gpu().info();
  if (info.name == "emulated" && !k.accepts(call.maps, s.precision, info)) info.arch = 90; // it emulates Hopper's intrinsics, too
  call.gpu = &info;
  if (!k.accepts(call.maps, s.precision, info)) return std::nullopt;
  const DeviceBuffer packed = packed_weights(k, d, s.precision, stream);
  const std::int64_t scratch_bytes = k.scratch_bytes(call.maps, info);
  const DeviceBuffer scratch = scratch_bytes > 0 ? DeviceBuffer(gpu(), scratch_bytes, "scratch of the tests") : DeviceBuffer();
  call.packed = packed.data();
  call.scratch = scratch.data();
  k.run(call);
  stream.synchronize();
  const std::string damage = y.damage();
  if (!damage.empty()) faults.push_back(fmt::format("{} ({}, wide {}, images {})", damage, name_of(s.precision), s.wide, s.images));
  return y.dense(rows);
}

// Fills all of v, so that every image has special values and small windows have them at any place.
void scatter_special(Values& v) {
  using L = std::numeric_limits<float>;
  const float special[] = {L::quiet_NaN(), L::infinity(), -L::infinity(), 0.0f, -0.0f, L::denorm_min(), -L::denorm_min(), L::max(), -L::max()};
  harness::scatter(v, special, (v.size() + 6) / 7);
}

// Returns the reference's result on inputs as the precision stores them.
Values wanted(const Reference& reference, const Data& data, const std::vector<Values>& inputs, Precision p, bool magnitude) {
  Data d = magnitude ? harness::with_absolute_weights(data) : data;
  for (Shape& s : d.in) s.n = kBatch;
  std::vector<Values> x;
  for (const Values& v : inputs) x.push_back(magnitude ? harness::absolute(stored(v, p)) : stored(v, p));
  return reference(d, x);
}

} // namespace

Tolerance exact() {
  return [](Precision p, double want, double) { return device_store_bound(p, want); };
}

Tolerance moved() {
  return [](Precision, double, double) { return 0.0; };
}

Tolerance float_sum_of(std::int64_t terms, const Act& act, bool wide_out) {
  return [terms, act, wide_out](Precision p, double want, double magnitude) {
    const double store = wide_out ? 0 : device_store_bound(p, want);
    return (double(terms + 4) * 0x1p-24 * magnitude * 1.1 + act_bound(act, want)) * (1 + 0x1p-10) + store;
  };
}

Tolerance sum_of(std::int64_t terms, const Act& act) {
  return [terms, act](Precision p, double want, double magnitude) {
    const double sum = device_sum_bound(p, double(terms)) * magnitude * 1.1;
    return (sum + act_bound(act, want)) * (1 + 0x1p-10) + device_store_bound(p, want);
  };
}

Values run_reference(const harness::BoundKernel& kernel, const Data& data, const std::vector<Values>& inputs, const Shape& out) {
  constexpr int kHalo = 8; // no test has a larger padding
  std::vector<Tensor> maps;
  std::vector<View<const float>> views;
  for (std::size_t i = 0; i < data.in.size(); i++) {
    maps.emplace_back(data.in[i], Layout::blocked, kHalo);
    from_nchw(inputs[i].data(), maps.back().view());
  }
  for (const Tensor& t : maps) views.push_back(t.view());
  Tensor y(out, data.out_layout);
  std::vector<const float*> tensors;
  for (const Values& w : data.weights) tensors.push_back(w.data());
  Buffer packed(kernel.packed_floats());
  kernel.pack({tensors.data(), data.scale.empty() ? nullptr : data.scale.data(), data.shift.empty() ? nullptr : data.shift.data()}, packed.data());
  static Pool pool(1);
  Call call;
  call.maps = {views.data(), int(views.size()), y.view()};
  call.packed = packed.data();
  call.pool = &pool;
  kernel.run(call);
  Values v(std::size_t(out.count()));
  if (data.out_layout == Layout::rows)
    std::copy_n(y.view().data, v.size(), v.begin());
  else
    to_nchw(y.view(), v.data());
  return v;
}

Verdict examine(const BoundDeviceKernel& kernel, const Reference& reference, const Reference& magnitude, const Data& data, const Shape& out,
                const Tolerance& tolerance) {
  Verdict verdict;
  const Tolerance allowed = tolerance ? tolerance : exact();
  std::vector<Values> inputs;
  for (std::size_t i = 0; i < data.in.size(); i++) {
    inputs.push_back(harness::random_values(with_n(data.in[i], kBatch).count(), unsigned(i) + 1, data.low, data.high));
    if (data.special) scatter_special(inputs.back());
  }
  for (const Precision p : kPrecisions) {
    Values want, size;
    int schedule = 0;
    for (const Setting s : {Setting{p, false, 0, kBatch}, Setting{p, true, 0, kBatch}, Setting{p, false, 0, 1}, Setting{p, true, 1, 1}}) {
      simt::use(simt::kSchedules[schedule++]);
      std::optional<Values> got;
      try {
        got = run_kernel(kernel, data, inputs, out, s, verdict.faults);
      } catch (const Error& e) {
        verdict.faults.push_back(e.what());
        return verdict;
      }
      if (!got) break;
      if (!verdict.ran || want.empty()) {
        want = wanted(reference, data, inputs, p, false);
        size = magnitude ? wanted(magnitude, data, inputs, p, true) : Values(want.size(), 0.0f);
      }
      verdict.ran = true;
      const std::size_t count = want.size() / kBatch, first = count * std::size_t(s.first);
      const Difference d = compare(*got, std::span(want).subspan(first, count * std::size_t(s.images)),
                                   [&](std::int64_t i) { return allowed(p, want[first + std::size_t(i)], size[first + std::size_t(i)]); });
      if (!d.ok())
        verdict.faults.push_back(fmt::format("{} (wide {}, images {}, schedule {}): {}", name_of(p), s.wide, s.images, schedule - 1, d.text()));
    }
    simt::use({});
  }
  return verdict;
}

} // namespace pose::device_harness
