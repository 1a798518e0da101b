// Tests the messages for GPUs that cannot be used, and that failures leak nothing.  Built for 75, 80, 90a and PTX of 90.
// SPDX-License-Identifier: MIT
#include "device/device.h"
#include "tests/device/fake_cudart.h"
#include "tests/error_of.h"

#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <stdexcept>

using namespace pose;
using namespace pose::testing;
using fake_cudart::state;

namespace {

struct Fixture {
  Fixture() { state = {}; }
  ~Fixture() {
    CHECK(state.buffers == 0);
    CHECK(state.pinned == 0);
    CHECK(state.streams == 0);
    CHECK(state.events == 0);
    CHECK(state.graphs == 0);
    CHECK(state.ready_graphs == 0);
    CHECK(state.last == cudaSuccess); // otherwise the next launch would fail
    CHECK(state.failures.empty());    // each planned failure happened
  }
};

std::string opening(int index) {
  return error_of([&] { Gpu gpu(index); });
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "a usable GPU reports its properties") {
  Gpu gpu(0);
  CHECK(gpu.info().name == "Fake 100");
  CHECK(gpu.info().arch == 80);
  CHECK(gpu.info().processors == 4);
  CHECK(gpu.info().shared_bytes == 100000);
  CHECK(gpu.free_memory() == std::int64_t(1) << 30);
}

TEST_CASE_FIXTURE(Fixture, "a GPU that cannot be used: one line gives the reason") {
  CHECK(opening(kEmulated) == "emulated: this build has the CUDA backend instead; available: cpu, cuda:0 and on");
  CHECK(opening(1) == "cuda:1: expected an index below 1, the number of GPUs");
  state.gpus = 0;
  CHECK(opening(0) == "cuda:0: expected a GPU, the driver found none");
  state.driver = 11040;
  CHECK(opening(0).rfind("cuda:0: expected a driver for CUDA ", 0) == 0);
  CHECK(opening(0).find("or later, found one for 11.4") != std::string::npos);
  state.driver = 0;
  CHECK(opening(0) == "cuda:0: expected an NVIDIA driver, found none");
}

TEST_CASE_FIXTURE(Fixture, "a busy GPU is detected when it is opened") {
  state.failures["cudaFree"] = cudaErrorDevicesUnavailable;
  CHECK(opening(0) == "cuda:0: words of the runtime (CUDA error 46)");
}

TEST_CASE_FIXTURE(Fixture, "only architectures that the build has code for are accepted") {
  const auto opens = [](int major, int minor) {
    state.major = major, state.minor = minor;
    return opening(0).empty();
  };
  CHECK(opens(7, 5));
  CHECK(opens(8, 0));
  CHECK(opens(8, 9));
  CHECK(opens(9, 0));
  CHECK(opens(12, 0)); // by PTX
  CHECK_FALSE(opens(6, 1));
  CHECK_FALSE(opens(7, 0));
  CHECK(opening(0) == "cuda:0: Fake 100 has compute capability 7.0, this build is for 75 80 90a and what comes after 90");
}

TEST_CASE_FIXTURE(Fixture, "too little memory: the error gives the required and the free size") {
  Gpu gpu(0);
  state.used = std::int64_t(1000) << 20;
  CHECK(error_of([&] { DeviceBuffer(gpu, (std::int64_t(100) << 20) + 1, "activations, batch 8"); }) ==
        "activations, batch 8: needs 101 MiB of GPU memory, 24 MiB are free on Fake 100");
  state.failures["cudaHostAlloc"] = cudaErrorMemoryAllocation;
  CHECK(error_of([&] { PinnedBuffer(gpu, 1 << 20, "images"); }).rfind("images: needs 1 MiB of pinned host memory", 0) == 0);
  state.failures["cudaMalloc"] = cudaErrorIllegalAddress;
  CHECK(error_of([&] { DeviceBuffer(gpu, 16, "weights"); }) == "weights: words of the runtime (CUDA error 700)");
}

TEST_CASE_FIXTURE(Fixture, "buffers can be moved and are freed once") {
  Gpu gpu(0);
  DeviceBuffer a(gpu, 64, "a"), b(gpu, 128, "b"), none(gpu, 0, "none");
  CHECK(none.data() == nullptr);
  std::byte* const of_b = b.data();
  a = std::move(b);
  CHECK(a.data() == of_b);
  CHECK(a.bytes() == 128);
  DeviceBuffer c = std::move(a);
  CHECK(c.data() == of_b);
  CHECK(a.data() == nullptr);
  PinnedBuffer p(gpu, 64, "p"), q;
  q = std::move(p);
  CHECK(q.bytes() == 64);
}

TEST_CASE_FIXTURE(Fixture, "work enters the stream in order") {
  Gpu gpu(0);
  Stream stream(gpu);
  Event event(gpu);
  DeviceBuffer buffer(gpu, 4, "buffer");
  int in = 7, out = 0;
  stream.copy_in(buffer.data(), &in, 4);
  stream.copy_out(&out, buffer.data(), 4);
  stream.clear(buffer.data(), 4);
  stream.record(event);
  stream.wait(event);
  stream.synchronize();
  CHECK(out == 7);
  CHECK(state.calls == std::vector<std::string>{"copy in", "copy out", "clear", "record", "wait"});
}

TEST_CASE_FIXTURE(Fixture, "elapsed time is measured between events that the GPU has reached") {
  Gpu gpu(0);
  Event start(gpu), end(gpu);
  CHECK(ms_between(start, end) == 2.5f);
  state.failures["cudaEventElapsedTime"] = cudaErrorNotReady;
  CHECK(error_of([&] { ms_between(start, end); }) == "time between events: words of the runtime (CUDA error 600)");
}

TEST_CASE_FIXTURE(Fixture, "a kernel's failure is reported at synchronization, and at its launch") {
  Gpu gpu(0);
  Stream stream(gpu);
  state.failures["cudaStreamSynchronize"] = cudaErrorIllegalAddress;
  CHECK(error_of([&] { stream.synchronize(); }) == "work on the GPU: words of the runtime (CUDA error 700)");
  state.last = cudaErrorInvalidConfiguration;
  CHECK(error_of([] { fail_launch("conv2d", int(cudaErrorInvalidConfiguration)); }) == "kernel conv2d: words of the runtime (CUDA error 9)");
}

TEST_CASE_FIXTURE(Fixture, "a graph is captured once and launched often") {
  Gpu gpu(0);
  Stream stream(gpu);
  DeviceBuffer buffer(gpu, 4, "buffer");
  int in = 7;
  DeviceGraph graph = stream.capture([&] { stream.copy_in(buffer.data(), &in, 4); }), moved;
  CHECK(bool(graph));
  CHECK(state.graphs == 0); // only the launchable graph is kept
  moved = std::move(graph);
  CHECK_FALSE(bool(graph));
  stream.launch(moved);
  stream.launch(moved);
  CHECK(state.launches == 2);
}

TEST_CASE_FIXTURE(Fixture, "a failed capture leaves a working stream and no leaks") {
  Gpu gpu(0);
  Stream stream(gpu);
  CHECK_THROWS_AS(stream.capture([] { throw std::logic_error("planned"); }), std::logic_error);
  CHECK_FALSE(state.capturing);
  for (const char* function : {"cudaStreamEndCapture", "cudaGraphInstantiate", "cudaGraphUpload"}) {
    state.failures[function] = cudaErrorStreamCaptureInvalidated;
    CHECK(error_of([&] { stream.capture([] {}); }).rfind("graph", 0) == 0);
    CHECK_FALSE(state.capturing);
  }
  CHECK(bool(stream.capture([] {})));
}
