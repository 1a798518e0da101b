// Device kernels: maps and weights in device memory, timed by device events.
// SPDX-License-Identifier: MIT
#include "bench/ops_device.h"

#include "bench/rival_device.h"
#include "device/device_element.h"
#include "nets/runtime.h"
#include "ops/for_each_op.h"

#include <fmt/format.h>

namespace pose::bench {
namespace {

constexpr std::int64_t kColdBytes = 256 << 20; // exceeds the second-level cache of any GPU
constexpr std::int64_t kUnit = 256;            // alignment of all buffers in bytes
constexpr Precision kPrecisions[] = {Precision::fp32, Precision::tf32, Precision::fp16};

// A device and its properties.
struct Device {
  std::shared_ptr<Gpu> gpu;
  GpuInfo info;
  bool emulated = false;
};

// Calls f() and converts the device's errors to DeviceError.
template <class F> auto with_errors(F f) {
  try {
    return f();
  } catch (const Error& e) {
    throw DeviceError(e.what());
  }
}

DeviceMap map_of(const Shape& shape, Element element, bool rows) {
  return {nullptr, shape, rows ? shape.c : device_lanes(shape.c), element};
}

std::int64_t bytes_of_map(const DeviceMap& m) {
  return m.pixels() * m.pitch * bytes_of(m.element);
}

// Returns the maps of a case, without memory.
template <class P> DeviceMaps maps_of(const OpCase<P>& c, Precision p, std::vector<DeviceMap>& in) {
  const bool rows = c.out_layout == Layout::rows;
  in.clear();
  for (const Shape& s : c.site.in) in.push_back(map_of(s, element_of(p), false));
  return {in.data(), int(in.size()), map_of(c.out, rows ? Element::f32 : element_of(p), rows)};
}

// Calls f(byte offset in memory, index in the dense array) for each value of a map.  Dense is [n][c][h][w] or, for rows, [n][boxes][attributes].
template <class F> void for_each_value(const DeviceMap& m, bool rows, F f) {
  const Shape& s = m.shape;
  for (std::int64_t pixel = 0; pixel < m.pixels(); pixel++) {
    const std::int64_t n = pixel / s.w / s.h, inside = pixel % (std::int64_t(s.w) * s.h);
    for (int c = 0; c < s.c; c++)
      f(std::size_t((pixel * m.pitch + c) * bytes_of(m.element)), std::size_t(rows ? pixel * s.c + c : (n * s.c + c) * s.h * s.w + inside));
  }
}

template <class P> class DeviceRunner : public Runner {
public:
  DeviceRunner(const Device& device, const DeviceKernel<P>& kernel, Precision p, const OpCase<P>& c, const Inputs& inputs, int sets)
      : device_(device), kernel_(kernel), precision_(p), op_(c.site.op), stream_(*device.gpu), start_(*device.gpu), end_(*device.gpu),
        y_(c.out, c.out_layout) {
    const DeviceMaps maps = maps_of(c, p, in_);
    out_ = maps.out;
    std::vector<std::byte> host;
    for (std::size_t i = 0; i < in_.size(); i++) {
      in_at_.push_back(place(host, bytes_of_map(in_[i])));
      for_each_value(in_[i], false,
                     [&](std::size_t at, std::size_t from) { write_element(in_[i].element, inputs.values[i][from], host.data() + in_at_[i] + at); });
    }
    packed_at_ = place(host, kernel.packed_bytes != nullptr ? kernel.packed_bytes(op_, p) : 0);
    if (kernel.pack != nullptr) kernel.pack(op_, {inputs.tensors().data(), nullptr, nullptr}, p, host.data() + packed_at_);
    out_at_ = place(host, bytes_of_map(out_));
    std::fill(host.begin() + out_at_, host.end(), std::byte{0xff}); // NaN in both element types shows values that are not written
    set_bytes_ = std::int64_t(host.size());
    memory_ = DeviceBuffer(*device.gpu, set_bytes_ * sets, "maps and weights of bench/ops");
    for (int i = 0; i < sets; i++) stream_.copy_in(memory_.data() + i * set_bytes_, host.data(), set_bytes_);
    stream_.synchronize();
    const std::int64_t scratch = kernel.scratch_bytes != nullptr ? kernel.scratch_bytes(op_, maps, device_.info) : 0;
    if (scratch > 0) scratch_ = DeviceBuffer(*device.gpu, scratch, "scratch of bench/ops");
  }

  void run(int set) override {
    std::byte* base = memory_.data() + set * set_bytes_;
    for (std::size_t i = 0; i < in_.size(); i++) in_[i].data = base + in_at_[i];
    DeviceCall call;
    call.maps = {in_.data(), int(in_.size()), out_};
    call.maps.out.data = base + out_at_;
    call.precision = precision_;
    call.packed = base + packed_at_;
    call.scratch = scratch_.data();
    call.gpu = &device_.info;
    call.stream = stream_.handle();
    kernel_.run(op_, call);
  }

  bool has_clock() const override { return true; }

  // Several runs at once, so that they take longer than the clock's resolution and the gap before the first one.
  double seconds(const std::function<void()>& run) override {
    return with_errors([&] {
      stream_.record(start_);
      for (int i = 0; i < at_once_; i++) run();
      stream_.record(end_);
      end_.synchronize();
      const double ms = std::max(1e-6, double(ms_between(start_, end_)) / at_once_);
      constexpr double kEnough = 0.5;
      if (!device_.emulated) at_once_ = int(std::clamp(kEnough / ms, 1.0, 200.0));
      return ms * 1e-3;
    });
  }

  const Tensor& result() override {
    std::vector<std::byte> host(std::size_t(bytes_of_map(out_)));
    stream_.copy_out(host.data(), memory_.data() + out_at_, std::int64_t(host.size()));
    stream_.synchronize();
    std::vector<float> dense(std::size_t(out_.shape.count()));
    const bool rows = y_.view().rows();
    for_each_value(out_, rows, [&](std::size_t at, std::size_t to) { dense[to] = read_element(out_.element, host.data() + at); });
    if (rows)
      std::copy(dense.begin(), dense.end(), y_.view().data);
    else
      from_nchw(dense.data(), y_.view());
    return y_;
  }

private:
  static std::int64_t place(std::vector<std::byte>& host, std::int64_t bytes) {
    const std::size_t at = host.size();
    host.resize(at + std::size_t((bytes + kUnit - 1) / kUnit * kUnit));
    return std::int64_t(at);
  }

  Device device_;
  const DeviceKernel<P>& kernel_;
  Precision precision_;
  P op_;
  Stream stream_;
  Event start_, end_;
  Tensor y_;
  std::vector<DeviceMap> in_;
  std::vector<std::int64_t> in_at_;
  DeviceMap out_;
  std::int64_t packed_at_ = 0, out_at_ = 0, set_bytes_ = 0;
  DeviceBuffer memory_, scratch_;
  int at_once_ = 1;
};

template <class P> Contender<P> contender_of(const Device& device, const DeviceKernel<P>& kernel, Precision p) {
  Contender<P> contender;
  contender.name = fmt::format("{}_{}", kernel.name, name_of(p));
  contender.device = p;
  if (p == Precision::fp16) contender.stored = [](float v) { return __half2float(__float2half_rn(v)); };
  contender.accepts = [&kernel, p, info = device.info](const OpCase<P>& c) {
    std::vector<DeviceMap> in;
    const DeviceMaps maps = maps_of(c, p, in);
    return usable(kernel, c.site.op, maps, p, info);
  };
  contender.make = [device, &kernel, p](const OpCase<P>& c, const Inputs& inputs, int sets) {
    return with_errors([&] { return std::make_unique<DeviceRunner<P>>(device, kernel, p, c, inputs, sets); });
  };
  contender.cold_sets = [emulated = device.emulated](std::int64_t bytes) { return emulated ? 2 : int(kColdBytes / std::max(kUnit, bytes)) + 2; };
  return contender;
}

template <class P> void add_op(const Settings& settings, const Device& device) {
  if (!settings.op.wants(op_name<P>)) return;
  std::vector<const DeviceKernel<P>*> kernels(std::begin(device_kernels_of<P>), std::end(device_kernels_of<P>));
  if constexpr (std::is_same_v<P, Conv2d>) {
    for (const DeviceKernel<P>* rival : device_rivals_of_build()) kernels.push_back(rival);
  }
  for (const OpCase<P>& one : cases_of<P>(settings)) {
    const auto c = std::make_shared<const OpCase<P>>(one);
    for (const DeviceKernel<P>* kernel : kernels) {
      for (const Precision p : kPrecisions) {
        if (settings.precision.empty() || settings.precision == name_of(p)) add_contender(settings, contender_of(device, *kernel, p), c);
      }
    }
  }
}

} // namespace

void add_device(const Settings& settings) {
  Device device;
  device.gpu = with_errors([&] { return open_device(settings.device); });
  device.info = device.gpu->info();
  device.emulated = settings.device == "emulated";
  if (device.emulated) device.info.arch = std::max(device.info.arch, 90); // the emulator supports Hopper's intrinsics, too
  if (device.emulated && !settings.list) fmt::print(stderr, "ops: the device is emulated: results are checked, times mean nothing\n");
  benchmark::AddCustomContext("device", device.info.name);
  benchmark::AddCustomContext("batch", fmt::format("{}", settings.batch));
  for_each_op([&]<class P>() { add_op<P>(settings, device); });
}

} // namespace pose::bench
