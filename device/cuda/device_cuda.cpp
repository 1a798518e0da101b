// Implements device.h with the CUDA runtime.  Every check also clears the runtime's stored error, so that the next call starts clean.
// SPDX-License-Identifier: MIT
#include "device/device.h"
#include "device/emulator/schedule.h"
#include "tensor/error.h"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <sstream>
#include <utility>

namespace pose {
namespace {

cudaStream_t cuda(StreamHandle stream) {
  return reinterpret_cast<cudaStream_t>(stream);
}

// Throws "what: message of the runtime" unless code is cudaSuccess.
void check(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  cudaGetLastError();
  fail("{}: {} (CUDA error {})", what, cudaGetErrorString(code), int(code));
}

std::string version_text(int version) { // 12040 -> 12.4
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}
std::string arch_text(int arch) { // 75 -> 7.5
  return fmt::format("{}.{}", arch / 10, arch % 10);
}
std::string mebibytes(std::int64_t bytes) {
  return fmt::format("{} MiB", (bytes + (1 << 20) - 1) >> 20);
}

int driver_version() {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}

// Returns the number of GPUs.  Throws when there is no driver, or when the driver is too old or fails.
int gpu_count(const std::string& name) {
  const int driver = driver_version();
  if (driver == 0) fail("{}: expected an NVIDIA driver, found none", name);
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (code == cudaErrorInsufficientDriver)
    fail("{}: expected a driver for CUDA {} or later, found one for {}", name, version_text(CUDART_VERSION), version_text(driver));
  if (code != cudaSuccess && code != cudaErrorNoDevice) fail("{}: {} (CUDA error {})", name, cudaGetErrorString(code), int(code));
  return count;
}

// Returns whether this build has code for the architecture.  Machine code runs on later minor versions of its major version.
// Code for 90a runs on 9.0 only.  PTX runs on all later architectures.
bool built_for(int arch) {
  if (arch >= POSE_CUDA_PTX) return true;
  std::istringstream list(POSE_CUDA_ARCHS);
  for (std::string built; list >> built;) {
    const int number = std::atoi(built.c_str());
    if (built.back() == 'a' ? arch == number : arch / 10 == number / 10 && arch >= number) return true;
  }
  return false;
}

using Allocate = cudaError_t (*)(void**, std::size_t);

std::byte* allocate(Gpu& gpu, Allocate allocate, std::int64_t bytes, const std::string& what, const char* where) {
  if (bytes == 0) return nullptr;
  gpu.make_current();
  void* p = nullptr;
  const cudaError_t code = allocate(&p, std::size_t(bytes));
  if (code == cudaSuccess) return static_cast<std::byte*>(p);
  cudaGetLastError();
  if (code != cudaErrorMemoryAllocation) fail("{}: {} (CUDA error {})", what, cudaGetErrorString(code), int(code));
  fail("{}: needs {} of {}, {} are free on {}", what, mebibytes(bytes), where, mebibytes(gpu.free_memory()), gpu.info().name);
}

} // namespace

Gpu::Gpu(int index) : index_(index) {
  if (index == kEmulated) fail("emulated: this build has the CUDA backend instead; available: cpu, cuda:0 and on");
  const std::string name = fmt::format("cuda:{}", index);
  const int count = gpu_count(name);
  if (count == 0) fail("{}: expected a GPU, the driver found none", name);
  if (index < 0 || index >= count) fail("{}: expected an index below {}, the number of GPUs", name, count);
  cudaDeviceProp p{};
  check(cudaGetDeviceProperties(&p, index), name.c_str());
  info_ = {p.name, p.major * 10 + p.minor, p.multiProcessorCount, int(p.sharedMemPerBlockOptin), std::int64_t(p.totalGlobalMem)};
  if (!built_for(info_.arch))
    fail("{}: {} has compute capability {}, this build is for {} and what comes after {}", name, info_.name, arch_text(info_.arch), POSE_CUDA_ARCHS,
         POSE_CUDA_PTX);
  make_current();
  check(cudaFree(nullptr), name.c_str()); // creates the context, so that a busy or broken GPU is found here
}
Gpu::~Gpu() = default;
void Gpu::make_current() {
  check(cudaSetDevice(index_), info_.name.c_str());
}
std::int64_t Gpu::free_memory() const {
  std::size_t unused = 0, all = 0;
  check(cudaMemGetInfo(&unused, &all), info_.name.c_str());
  return std::int64_t(unused);
}

DeviceBuffer::DeviceBuffer(Gpu& gpu, std::int64_t bytes, const std::string& what)
    : data_(allocate(
          gpu, [](void** p, std::size_t n) { return cudaMalloc(p, n); }, bytes, what, "GPU memory")),
      bytes_(bytes) {}
DeviceBuffer::~DeviceBuffer() {
  cudaFree(data_);
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

PinnedBuffer::PinnedBuffer(Gpu& gpu, std::int64_t bytes, const std::string& what)
    : data_(allocate(
          gpu, [](void** p, std::size_t n) { return cudaHostAlloc(p, n, cudaHostAllocDefault); }, bytes, what, "pinned host memory")),
      bytes_(bytes) {}
PinnedBuffer::~PinnedBuffer() {
  if (data_ != nullptr) cudaFreeHost(data_);
}
PinnedBuffer::PinnedBuffer(PinnedBuffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(bytes_, o.bytes_);
  return *this;
}

Event::Event(Gpu& gpu) {
  gpu.make_current();
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDefault), "event");
  handle_ = event;
}
Event::~Event() {
  cudaEventDestroy(static_cast<cudaEvent_t>(handle_));
}
void Event::synchronize() const {
  check(cudaEventSynchronize(static_cast<cudaEvent_t>(handle_)), "event");
}
float ms_between(const Event& start, const Event& end) {
  float ms = 0;
  check(cudaEventElapsedTime(&ms, static_cast<cudaEvent_t>(start.handle_), static_cast<cudaEvent_t>(end.handle_)), "time between events");
  return ms;
}

DeviceGraph::~DeviceGraph() {
  if (handle_ != nullptr) cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(handle_));
}
DeviceGraph::DeviceGraph(DeviceGraph&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
DeviceGraph& DeviceGraph::operator=(DeviceGraph&& o) noexcept {
  std::swap(handle_, o.handle_);
  return *this;
}

Stream::Stream(Gpu& gpu) {
  gpu.make_current();
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
  handle_ = reinterpret_cast<StreamHandle>(stream);
}
Stream::~Stream() {
  cudaStreamDestroy(cuda(handle_));
}
void Stream::copy_in(void* device, const void* host, std::int64_t bytes) {
  check(cudaMemcpyAsync(device, host, std::size_t(bytes), cudaMemcpyHostToDevice, cuda(handle_)), "copy to the GPU");
}
void Stream::copy_out(void* host, const void* device, std::int64_t bytes) {
  check(cudaMemcpyAsync(host, device, std::size_t(bytes), cudaMemcpyDeviceToHost, cuda(handle_)), "copy from the GPU");
}
void Stream::clear(void* device, std::int64_t bytes) {
  check(cudaMemsetAsync(device, 0, std::size_t(bytes), cuda(handle_)), "clearing GPU memory");
}
void Stream::record(Event& event) {
  check(cudaEventRecord(static_cast<cudaEvent_t>(event.handle_), cuda(handle_)), "event");
}
void Stream::wait(const Event& event) {
  check(cudaStreamWaitEvent(cuda(handle_), static_cast<cudaEvent_t>(event.handle_), 0), "event");
}
void Stream::synchronize() {
  check(cudaStreamSynchronize(cuda(handle_)), "work on the GPU");
}

DeviceGraph Stream::capture(const std::function<void()>& enqueue) {
  check(cudaStreamBeginCapture(cuda(handle_), cudaStreamCaptureModeThreadLocal), "graph capture");
  cudaGraph_t captured = nullptr;
  try {
    enqueue();
  } catch (...) {
    cudaStreamEndCapture(cuda(handle_), &captured);
    if (captured != nullptr) cudaGraphDestroy(captured);
    cudaGetLastError();
    throw;
  }
  check(cudaStreamEndCapture(cuda(handle_), &captured), "graph capture");
  cudaGraphExec_t ready = nullptr;
  const cudaError_t code = cudaGraphInstantiate(&ready, captured, 0);
  cudaGraphDestroy(captured);
  check(code, "graph");
  DeviceGraph graph;
  graph.handle_ = ready;
  check(cudaGraphUpload(ready, cuda(handle_)), "graph");
  return graph;
}
void Stream::launch(const DeviceGraph& graph) {
  check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph.handle_), cuda(handle_)), "graph");
}

void fail_launch(const char* kernel, int code) {
  cudaGetLastError();
  fail("kernel {}: {} (CUDA error {})", kernel, cudaGetErrorString(cudaError_t(code)), code);
}

} // namespace pose

namespace simt {

void use(const Schedule&) {} // a GPU has its own order

} // namespace simt
