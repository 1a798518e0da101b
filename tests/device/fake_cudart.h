// A CUDA runtime without a GPU: it counts what lives, does copies at once, and fails where a test wants it to.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fake_cudart {

struct State {
  int driver = 99000; // as cudaDriverGetVersion says; 0: none
  int gpus = 1;
  int major = 8, minor = 0;
  std::int64_t memory = std::int64_t(1) << 30, used = 0;
  std::map<std::string, int> failures; // by function: the cudaError_t that its next call returns
  int last = 0;                        // what cudaGetLastError will say
  bool capturing = false;
  int buffers = 0, pinned = 0, streams = 0, events = 0, graphs = 0, ready_graphs = 0, launches = 0; // living; launches: of graphs
  std::vector<std::string> calls;                                                                   // of work in streams
};
inline State state;

} // namespace fake_cudart
