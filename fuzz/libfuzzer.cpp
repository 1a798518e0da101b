// Connects the targets to libFuzzer: FUZZER --target=NAME [OPTION...] CORPUS...
// SPDX-License-Identifier: MIT
#include "fuzz/target.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

// Of libFuzzer.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace pose::fuzz;

const Target* g_target = nullptr;

} // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr const char* kOption = "--target="; // libFuzzer ignores options with two dashes
  for (int i = 1; i < *argc; ++i) {
    if (std::strncmp((*argv)[i], kOption, std::strlen(kOption)) == 0) g_target = find_target((*argv)[i] + std::strlen(kOption));
  }
  if (g_target != nullptr) return 0;
  std::fprintf(stderr, "expected --target=NAME, NAME one of");
  for (const Target& target : targets()) std::fprintf(stderr, " %s", target.name);
  std::fprintf(stderr, "\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run(*g_target, {data, size});
  return 0;
}

// Edits every second input by its format where the target can, else lets libFuzzer change bytes.  Corrects lengths and checksums of seven in eight.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  Random random(seed);
  if (g_target->edit == nullptr || random.below(2) == 0)
    size = LLVMFuzzerMutate(data, size, max_size);
  else if (size > 0) {
    Bytes bytes(data, data + size);
    g_target->edit(bytes, random);
    if (bytes.size() <= max_size) {
      size = bytes.size();
      if (size > 0) std::memcpy(data, bytes.data(), size);
    }
  }
  if (g_target->repair == nullptr || random.below(8) == 0) return size;
  Bytes bytes(data, data + size);
  g_target->repair(bytes);
  if (bytes.size() > max_size || bytes.empty()) return size;
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}
