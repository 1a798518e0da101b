// device: one GPU: its memory, streams, events and graphs.  Declared once, implemented twice, and a program links one of them:
//   device/cuda/device_cuda.cpp   the CUDA runtime
//   device/emulator/device_emulated.cpp   a build without CUDA: the emulated device (--device emulated), on which the same kernels run on the CPU
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pose {

struct StreamTag; // no such thing: a stream of the device, told from other pointers
using StreamHandle = StreamTag*;

struct GpuInfo {
  std::string name;
  int arch = 0;            // compute capability: 75, 80, ... 90
  int processors = 0;      // streaming multiprocessors
  int shared_bytes = 0;    // shared memory that a block can ask for
  std::int64_t memory = 0; // bytes
};

inline constexpr int kEmulated = -1;

// One device, opened.  Every error is an Error of one line.  Thread safety: a thread uses a device that it has made current.
class Gpu {
public:
  // kEmulated, or the number of a GPU.  Throws when this build has no CUDA (or no emulator), the driver is missing or too old, there is no GPU
  // of that number, or none of the built architectures runs on it.
  explicit Gpu(int index);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  const GpuInfo& info() const { return info_; }
  void make_current();
  std::int64_t free_memory() const;

private:
  GpuInfo info_;
  int index_;
};

// Memory of the device, 256-byte aligned, contents undefined.  `what` names it when there is not enough: the Error says how much was needed
// and how much is free.
class DeviceBuffer {
public:
  DeviceBuffer() = default;
  DeviceBuffer(Gpu& gpu, std::int64_t bytes, const std::string& what);
  ~DeviceBuffer();
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;

  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }

private:
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

// Memory of the host that the device copies from and to while both go on with other things.
class PinnedBuffer {
public:
  PinnedBuffer() = default;
  PinnedBuffer(Gpu& gpu, std::int64_t bytes, const std::string& what);
  ~PinnedBuffer();
  PinnedBuffer(PinnedBuffer&& other) noexcept;
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept;

  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }

private:
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

// A point in a stream's work.
class Event {
public:
  explicit Event(Gpu& gpu);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Waits until the device has reached it.  Throws Error when work before it failed.
  void synchronize() const;

private:
  friend class Stream;
  friend float ms_between(const Event& start, const Event& end);
  void* handle_ = nullptr;
};

// Milliseconds of device time between two recorded events.  Throws Error unless the device has reached both (synchronize first).
float ms_between(const Event& start, const Event& end);

// Work that was captured once and is started as a whole.
class DeviceGraph {
public:
  DeviceGraph() = default;
  ~DeviceGraph();
  DeviceGraph(DeviceGraph&& other) noexcept;
  DeviceGraph& operator=(DeviceGraph&& other) noexcept;
  explicit operator bool() const { return handle_ != nullptr; }

private:
  friend class Stream;
  void* handle_ = nullptr;
};

// Work in order, beside that of other streams.  All methods but synchronize() return at once.
class Stream {
public:
  explicit Stream(Gpu& gpu);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  StreamHandle handle() const { return handle_; } // for simt::launch

  void copy_in(void* device, const void* host, std::int64_t bytes); // host memory stays as it is until the copy is done
  void copy_out(void* host, const void* device, std::int64_t bytes);
  void clear(void* device, std::int64_t bytes); // to zero bytes
  void record(Event& event);
  void wait(const Event& event); // what follows begins after the event
  // Throws Error when anything enqueued since the last call failed.
  void synchronize();

  // What `enqueue` puts into this stream, as a graph; nothing runs.  Throws what enqueue throws, and Error when the device refuses the graph.
  DeviceGraph capture(const std::function<void()>& enqueue);
  void launch(const DeviceGraph& graph);

private:
  StreamHandle handle_ = nullptr;
};

// Throws the Error for a kernel that could not be launched; code is the runtime's.
[[noreturn]] void fail_launch(const char* kernel, int code);

} // namespace pose
