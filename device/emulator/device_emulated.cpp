// Implements device.h without a GPU.  A stream is a queue whose work runs when enqueued or, with Emulation::lazy, when something waits for it.
// SPDX-License-Identifier: MIT
#include "device/device.h"
#include "device/emulator/emulated.h"
#include "device/emulator/machine.h"
#include "tensor/error.h"

#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace pose {
namespace {

using Clock = std::chrono::steady_clock;
using Work = std::vector<std::function<void()>>;

std::recursive_mutex g_device; // one operation at a time, whatever the thread
using Lock = std::lock_guard<std::recursive_mutex>;

std::int64_t g_allocated = 0, g_streams_made = 0;
std::map<std::int64_t, StreamHandle> g_streams; // by id; a missing stream has finished all its work
thread_local bool t_capturing = false;

} // namespace

struct StreamTag {
  std::int64_t id = 0;
  std::deque<std::function<void()>> pending;
  std::int64_t enqueued = 0, done = 0;
  bool busy = false;        // a work item is running
  std::string error;        // of work since the last synchronize(); later work is skipped
  Work* captured = nullptr; // the graph that receives the work instead

  void add(std::function<void()> work) {
    if (captured != nullptr) {
      captured->push_back(std::move(work));
      return;
    }
    pending.push_back(std::move(work));
    enqueued++;
    if (!emulation.lazy) reach(enqueued);
  }

  // Runs the work up to this position.
  void reach(std::int64_t position) {
    while (!busy && done < position) {
      const std::function<void()> work = std::move(pending.front());
      pending.pop_front();
      busy = true;
      try {
        if (error.empty()) work();
      } catch (const std::exception& e) {
        error = e.what();
      }
      busy = false;
      done++;
    }
  }
};

namespace {

// The position at which an event was last recorded.
struct Record {
  std::int64_t stream = 0, position = 0; // stream 0: never recorded
  Clock::time_point time = {};
};
using RecordPtr = std::shared_ptr<Record>;

RecordPtr& record_of(void* event) {
  return *static_cast<RecordPtr*>(event);
}
StreamHandle live(std::int64_t stream) { // null: the stream was destroyed
  const auto found = g_streams.find(stream);
  return found == g_streams.end() ? nullptr : found->second;
}

bool fails(int& countdown) {
  return countdown > 0 && --countdown == 0;
}

void expect_no_capture(const char* what) {
  if (t_capturing) fail("{}: expected no graph capture in progress", what);
}

constexpr std::align_val_t kAligned{256};

std::byte* allocate(std::int64_t bytes) {
  return static_cast<std::byte*>(::operator new(std::size_t(bytes), kAligned));
}
// Finishes all work before it frees the memory, as CUDA does.
void release(std::byte* p) {
  if (p == nullptr) return;
  for (const auto& [id, stream] : g_streams) stream->reach(stream->enqueued);
  ::operator delete(p, kAligned);
}

// Copies; a null `from` writes zeros.
void copy(StreamHandle stream, void* to, const void* from, std::int64_t bytes) {
  const Lock lock(g_device);
  stream->add([=] {
    if (fails(emulation.fail_copy)) fail("a copy of {} bytes failed", bytes);
    if (from != nullptr)
      std::memcpy(to, from, std::size_t(bytes));
    else
      std::memset(to, 0, std::size_t(bytes));
  });
}

} // namespace

Gpu::Gpu(int index) : index_(index) {
  if (index != kEmulated) fail("cuda:{}: this build has no CUDA; available: cpu, emulated", index);
  info_ = {"emulated", emulation.arch, emulation.processors, emulation.shared_bytes, emulation.memory};
}
Gpu::~Gpu() = default;
void Gpu::make_current() {}
std::int64_t Gpu::free_memory() const {
  const Lock lock(g_device);
  return info_.memory - g_allocated;
}

DeviceBuffer::DeviceBuffer(Gpu& gpu, std::int64_t bytes, const std::string& what) {
  const Lock lock(g_device);
  expect_no_capture("memory of the device");
  if (bytes > gpu.free_memory()) fail("{}: needs {} bytes of device memory, {} are free on {}", what, bytes, gpu.free_memory(), gpu.info().name);
  data_ = allocate(bytes);
  g_allocated += bytes_ = bytes;
  std::memset(data_, 0xff, std::size_t(bytes)); // NaN in every float format
}
DeviceBuffer::~DeviceBuffer() {
  const Lock lock(g_device);
  release(data_);
  g_allocated -= bytes_;
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

PinnedBuffer::PinnedBuffer(Gpu&, std::int64_t bytes, const std::string&) : data_(allocate(bytes)), bytes_(bytes) {}
PinnedBuffer::~PinnedBuffer() {
  const Lock lock(g_device);
  release(data_);
}
PinnedBuffer::PinnedBuffer(PinnedBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

Event::Event(Gpu&) : handle_(new RecordPtr(std::make_shared<Record>())) {}
Event::~Event() {
  delete &record_of(handle_);
}
void Event::synchronize() const {
  const Lock lock(g_device);
  const Record& record = *record_of(handle_);
  const StreamHandle stream = live(record.stream);
  if (stream == nullptr) return;
  stream->reach(record.position);
  if (!stream->error.empty()) throw Error(stream->error);
}
float ms_between(const Event& start, const Event& end) {
  const Lock lock(g_device);
  for (const Event* e : {&start, &end}) {
    const Record& r = *record_of(e->handle_);
    const StreamHandle stream = live(r.stream);
    if (r.stream == 0 || (stream != nullptr && stream->done < r.position)) fail("time between events: expected both to have happened");
  }
  return std::chrono::duration<float, std::milli>(record_of(end.handle_)->time - record_of(start.handle_)->time).count();
}

DeviceGraph::~DeviceGraph() {
  delete static_cast<std::shared_ptr<Work>*>(handle_);
}
DeviceGraph::DeviceGraph(DeviceGraph&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
DeviceGraph& DeviceGraph::operator=(DeviceGraph&& o) noexcept {
  std::swap(handle_, o.handle_);
  return *this;
}

Stream::Stream(Gpu&) : handle_(new StreamTag) {
  const Lock lock(g_device);
  handle_->id = ++g_streams_made;
  g_streams[handle_->id] = handle_;
}
Stream::~Stream() {
  const Lock lock(g_device);
  handle_->reach(handle_->enqueued);
  g_streams.erase(handle_->id);
  delete handle_;
}
void Stream::copy_in(void* device, const void* host, std::int64_t bytes) {
  copy(handle_, device, host, bytes);
}
void Stream::copy_out(void* host, const void* device, std::int64_t bytes) {
  copy(handle_, host, device, bytes);
}
void Stream::clear(void* device, std::int64_t bytes) {
  copy(handle_, device, nullptr, bytes);
}
void Stream::record(Event& event) {
  const Lock lock(g_device);
  expect_no_capture("an event");
  const RecordPtr record = record_of(event.handle_) = std::make_shared<Record>(Record{handle_->id, handle_->enqueued + 1});
  handle_->add([record] { record->time = Clock::now(); });
}
void Stream::wait(const Event& event) {
  const Lock lock(g_device);
  expect_no_capture("an event");
  const RecordPtr record = record_of(event.handle_);
  handle_->add([record] {
    const StreamHandle other = live(record->stream);
    if (other == nullptr) return;
    other->reach(record->position);
    if (!other->error.empty()) throw Error(other->error); // waiting for failed work fails
  });
}
void Stream::synchronize() {
  const Lock lock(g_device);
  expect_no_capture("synchronize");
  handle_->reach(handle_->enqueued);
  if (!handle_->error.empty()) throw Error(std::exchange(handle_->error, {}));
}

DeviceGraph Stream::capture(const std::function<void()>& enqueue) {
  const Lock lock(g_device);
  const auto work = std::make_shared<Work>();
  const auto capturing = [&](bool on) {
    handle_->captured = on ? work.get() : nullptr;
    t_capturing = on;
  };
  capturing(true);
  try {
    enqueue();
  } catch (...) {
    capturing(false);
    throw;
  }
  capturing(false);
  if (fails(emulation.fail_capture)) fail("the device refuses a graph of {} pieces of work", work->size());
  DeviceGraph graph;
  graph.handle_ = new std::shared_ptr<Work>(work);
  return graph;
}
void Stream::launch(const DeviceGraph& graph) {
  const Lock lock(g_device);
  handle_->add([work = *static_cast<std::shared_ptr<Work>*>(graph.handle_)] {
    for (const std::function<void()>& piece : *work) piece();
  });
}

void fail_launch(const char* kernel, int code) {
  fail("kernel {}: cannot be launched (error {})", kernel, code);
}

} // namespace pose

namespace simt {

void submit(stream_t stream, const char* name, std::function<void()> work) {
  const pose::Lock lock(pose::g_device);
  if (pose::fails(pose::emulation.fail_launch)) pose::fail_launch(name, 1);
  stream->add([name, work = std::move(work)] {
    if (pose::fails(pose::emulation.fail_kernel)) pose::fail("kernel {}: failed", name);
    work();
  });
}

} // namespace simt
