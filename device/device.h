// Device interface: one GPU with its memory, streams, events and graphs.
// SPDX-License-Identifier: MIT
//
// There are two implementations.  A program links one of them:
//   device/cuda/device_cuda.cpp           the CUDA runtime
//   device/emulator/device_emulated.cpp   the emulated device (--device emulated) of a build without CUDA, which runs the same kernels on the CPU
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pose {

struct StreamTag; // never defined: an opaque type for stream handles
using StreamHandle = StreamTag*;

struct GpuInfo {
  std::string name;
  int arch = 0;            // compute capability: 75, 80, ... 90
  int processors = 0;      // streaming multiprocessors
  int shared_bytes = 0;    // most shared memory of one block
  std::int64_t memory = 0; // bytes
};

inline constexpr int kEmulated = -1;

// An open device.  Every error is an Error with a one-line message.
// Thread safety: a thread may use a device after it has made that device current.
class Gpu {
public:
  // Opens the emulated device (kEmulated) or the GPU with that number.
  // Throws when
  // - this build has no CUDA (or no emulator)
  // - the driver is missing or too old
  // - there is no GPU with that number
  // - none of the built architectures runs on it
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

// Device memory, 256-byte aligned, with undefined contents.
// Throws Error when there is not enough; it names `what`, the size needed and the size free.
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

// Page-locked host memory: the device copies to and from it asynchronously.
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

// A position in the work of a stream.
class Event {
public:
  explicit Event(Gpu& gpu);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Waits until the device has reached the event.  Throws Error when work before it failed.
  void synchronize() const;

private:
  friend class Stream;
  friend float ms_between(const Event& start, const Event& end);
  void* handle_ = nullptr;
};

// Returns the milliseconds of device time between two recorded events.
// Throws Error unless the device has reached both, so call synchronize() first.
float ms_between(const Event& start, const Event& end);

// Captured work that is launched as a whole.
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

// Executes work in order, concurrently with other streams.  All methods but synchronize() return at once.
class Stream {
public:
  explicit Stream(Gpu& gpu);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  StreamHandle handle() const { return handle_; } // for simt::launch

  void copy_in(void* device, const void* host, std::int64_t bytes); // the caller must not change host memory until the copy is done
  void copy_out(void* host, const void* device, std::int64_t bytes);
  void clear(void* device, std::int64_t bytes); // fills with zero bytes
  void record(Event& event);
  void wait(const Event& event); // later work of this stream starts after the event
  // Waits for all work.  Throws Error when any work enqueued since the last call failed.
  void synchronize();

  // Returns the work that `enqueue` puts into this stream as a graph; nothing runs.
  // Throws what enqueue throws, and Error when the device rejects the graph.
  DeviceGraph capture(const std::function<void()>& enqueue);
  void launch(const DeviceGraph& graph);

private:
  StreamHandle handle_ = nullptr;
};

// Throws the Error for a kernel that could not be launched.  code is the runtime's error code.
[[noreturn]] void fail_launch(const char* kernel, int code);

} // namespace pose
