// A CUDA runtime without a GPU: counts live objects, copies at once, and fails where a test requests it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fake_cudart {

struct State {
  int driver = 99000; // result of cudaDriverGetVersion; 0: none
  int gpus = 1;
  int major = 8, minor = 0;
  std::int64_t memory = std::int64_t(1) << 30, used = 0;
  std::map<std::string, int> failures; // by function: the cudaError_t that its next call returns
  int last = 0;                        // result of cudaGetLastError
  bool capturing = false;
  int buffers = 0, pinned = 0, streams = 0, events = 0, graphs = 0, ready_graphs = 0, launches = 0; // live objects; launches: of graphs
  std::vector<std::string> calls;                                                                   // of work in streams
};
inline State state;

} // namespace fake_cudart
