// Implements the functions of the CUDA runtime that device_cuda.cpp calls.
// SPDX-License-Identifier: MIT
#include "tests/device/fake_cudart.h"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>

using fake_cudart::state;

namespace {

// Returns the planned failure of this function, else success; a failure is remembered, as in the real runtime.
cudaError_t outcome(const char* function) {
  const auto planned = state.failures.find(function);
  if (planned == state.failures.end()) return cudaSuccess;
  state.last = planned->second;
  state.failures.erase(planned);
  return cudaError_t(state.last);
}

cudaError_t remember(cudaError_t code) {
  state.last = code;
  return code;
}

template <class T> cudaError_t create(const char* function, T* handle, int& living) {
  if (const cudaError_t code = outcome(function)) return code;
  *handle = reinterpret_cast<T>(std::malloc(1));
  living++;
  return cudaSuccess;
}

template <class T> cudaError_t destroy(T handle, int& living) {
  std::free(handle);
  living--;
  return cudaSuccess;
}

cudaError_t work(const char* function) {
  state.calls.push_back(function);
  return outcome(function);
}

} // namespace

extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t code = cudaError_t(state.last);
  state.last = cudaSuccess;
  return code;
}
const char* cudaGetErrorString(cudaError_t code) {
  return code == cudaErrorMemoryAllocation ? "out of memory" : "words of the runtime";
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = state.driver;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = state.gpus;
  if (state.driver < CUDART_VERSION / 1000 * 1000) return remember(cudaErrorInsufficientDriver);
  return state.gpus == 0 ? remember(cudaErrorNoDevice) : cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int) {
  std::memset(p, 0, sizeof *p);
  std::strcpy(p->name, "Fake 100");
  p->major = state.major, p->minor = state.minor;
  p->multiProcessorCount = 4, p->sharedMemPerBlockOptin = 100000, p->totalGlobalMem = std::size_t(state.memory);
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) {
  return outcome("cudaSetDevice");
}
cudaError_t cudaMemGetInfo(std::size_t* unused, std::size_t* all) {
  *unused = std::size_t(state.memory - state.used), *all = std::size_t(state.memory);
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** p, std::size_t bytes) {
  if (std::int64_t(bytes) > state.memory - state.used) return remember(cudaErrorMemoryAllocation);
  if (const cudaError_t code = create("cudaMalloc", p, state.buffers)) return code;
  *p = std::realloc(*p, bytes);
  return cudaSuccess;
}
cudaError_t cudaFree(void* p) {
  if (const cudaError_t code = outcome("cudaFree")) return code;
  return p == nullptr ? cudaSuccess : destroy(p, state.buffers);
}
cudaError_t cudaHostAlloc(void** p, std::size_t bytes, unsigned) {
  if (const cudaError_t code = create("cudaHostAlloc", p, state.pinned)) return code;
  *p = std::realloc(*p, bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* p) {
  return destroy(p, state.pinned);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* s, unsigned) {
  return create("cudaStreamCreateWithFlags", s, state.streams);
}
cudaError_t cudaStreamDestroy(cudaStream_t s) {
  return destroy(s, state.streams);
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* e, unsigned) {
  return create("cudaEventCreateWithFlags", e, state.events);
}
cudaError_t cudaEventDestroy(cudaEvent_t e) {
  return destroy(e, state.events);
}
cudaError_t cudaEventSynchronize(cudaEvent_t) {
  return outcome("cudaEventSynchronize");
}
cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t, cudaEvent_t) {
  *ms = 2.5f;
  return outcome("cudaEventElapsedTime");
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  if (!state.capturing) std::memcpy(to, from, bytes);
  return work(kind == cudaMemcpyHostToDevice ? "copy in" : "copy out");
}
cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t) {
  if (!state.capturing) std::memset(p, value, bytes);
  return work("clear");
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) {
  return work("record");
}
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) {
  return work("wait");
}
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return outcome("cudaStreamSynchronize");
}

cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode) {
  state.capturing = true;
  return outcome("cudaStreamBeginCapture");
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  state.capturing = false;
  *graph = nullptr;
  return create("cudaStreamEndCapture", graph, state.graphs);
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return destroy(graph, state.graphs);
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t, unsigned long long) {
  return create("cudaGraphInstantiate", ready, state.ready_graphs);
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready) {
  return destroy(ready, state.ready_graphs);
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) {
  return outcome("cudaGraphUpload");
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t) {
  state.launches++;
  return outcome("cudaGraphLaunch");
}

} // extern "C"
