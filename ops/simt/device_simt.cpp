// The emulated device: work is done where it is enqueued.
// SPDX-License-Identifier: MIT
#include "ops/simt/machine.h"
#include "tensor/device.h"
#include "tensor/error.h"

#include <chrono>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace pose {

struct StreamTag {
  std::vector<std::function<void()>>* captured = nullptr; // the graph that takes the work instead
};

namespace {

constexpr std::align_val_t kAligned{256};

std::byte* allocate(std::int64_t bytes) {
  return static_cast<std::byte*>(::operator new(std::size_t(bytes), kAligned));
}
void release(std::byte* p) {
  ::operator delete(p, kAligned);
}
using Clock = std::chrono::steady_clock;
using Work = std::vector<std::function<void()>>;

void enqueue(StreamHandle stream, std::function<void()> work) {
  if (stream != nullptr && stream->captured != nullptr)
    stream->captured->push_back(std::move(work));
  else
    work();
}

} // namespace

Gpu::Gpu(int index) : index_(index) {
  if (index != kEmulated) fail("cuda:{}: this build has no CUDA; available: cpu, emulated", index);
  info_ = {"emulated", 90, 2, 227 * 1024, std::int64_t(8) << 30};
}
Gpu::~Gpu() = default;
void Gpu::make_current() {}
std::int64_t Gpu::free_memory() const {
  return info_.memory;
}

DeviceBuffer::DeviceBuffer(Gpu&, std::int64_t bytes, const std::string&) : data_(allocate(bytes)), bytes_(bytes) {
  std::memset(data_, 0xff, std::size_t(bytes)); // NaN in every float format
}
DeviceBuffer::~DeviceBuffer() {
  release(data_);
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

PinnedBuffer::PinnedBuffer(Gpu&, std::int64_t bytes, const std::string&) : data_(allocate(bytes)), bytes_(bytes) {}
PinnedBuffer::~PinnedBuffer() {
  release(data_);
}
PinnedBuffer::PinnedBuffer(PinnedBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

Event::Event(Gpu&) : handle_(new Clock::time_point) {}
Event::~Event() {
  delete static_cast<Clock::time_point*>(handle_);
}
float ms_between(const Event& start, const Event& end) {
  const auto at = [](const Event& e) { return *static_cast<const Clock::time_point*>(e.handle_); };
  return std::chrono::duration<float, std::milli>(at(end) - at(start)).count();
}

DeviceGraph::~DeviceGraph() {
  delete static_cast<Work*>(handle_);
}
DeviceGraph::DeviceGraph(DeviceGraph&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
DeviceGraph& DeviceGraph::operator=(DeviceGraph&& o) noexcept {
  std::swap(handle_, o.handle_);
  return *this;
}

Stream::Stream(Gpu&) : handle_(new StreamTag) {}
Stream::~Stream() {
  delete handle_;
}
void Stream::copy_in(void* device, const void* host, std::int64_t bytes) {
  enqueue(handle_, [=] { std::memcpy(device, host, std::size_t(bytes)); });
}
void Stream::copy_out(void* host, const void* device, std::int64_t bytes) {
  enqueue(handle_, [=] { std::memcpy(host, device, std::size_t(bytes)); });
}
void Stream::clear(void* device, std::int64_t bytes) {
  enqueue(handle_, [=] { std::memset(device, 0, std::size_t(bytes)); });
}
void Stream::record(Event& event) {
  enqueue(handle_, [to = static_cast<Clock::time_point*>(event.handle_)] { *to = Clock::now(); });
}
void Stream::wait(const Event&) {}
void Stream::synchronize() {}

DeviceGraph Stream::capture(const std::function<void()>& enqueue) {
  DeviceGraph graph;
  Work* work = new Work;
  graph.handle_ = work;
  handle_->captured = work;
  try {
    enqueue();
  } catch (...) {
    handle_->captured = nullptr;
    throw;
  }
  handle_->captured = nullptr;
  return graph;
}
void Stream::launch(const DeviceGraph& graph) {
  for (const std::function<void()>& work : *static_cast<Work*>(graph.handle_)) work();
}

void fail_launch(const char* kernel, int code) {
  fail("kernel {}: error {}", kernel, code);
}

} // namespace pose

namespace simt {

void submit(stream_t stream, const char*, std::function<void()> work) {
  pose::enqueue(stream, std::move(work));
}

} // namespace simt
