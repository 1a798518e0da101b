// Reads the committed inputs again: each ends as its target demands.  Prints what a target makes of files, to compare it with other readers.
// SPDX-License-Identifier: MIT
#include "fuzz/target.h"
#include "tensor/file.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>

namespace fs = std::filesystem;

namespace {

using namespace pose::fuzz;

Bytes bytes_of(const std::string& path) {
  const auto file = pose::MappedFile::open(path);
  const auto* first = reinterpret_cast<const std::uint8_t*>(file->bytes().data());
  return {first, first + file->bytes().size()};
}

// Reads the inputs of DIR/TARGET/.  Returns false unless every target has some.
bool replay(const fs::path& dir) {
  bool good = true;
  for (const Target& target : targets()) {
    std::map<bool, int> count;
    for (const auto& entry : fs::directory_iterator(dir / target.name)) ++count[run(target, bytes_of(entry.path())).accepted];
    std::printf("%s: %d inputs accepted, %d refused\n", target.name, count[true], count[false]);
    good = good && count[true] + count[false] > 0;
  }
  if (!good) std::printf("expected inputs for each target\n");
  return good;
}

// Prints a line for each file: "read DESCRIPTION" or "error MESSAGE".
void print(const Target& target, int count, char** files) {
  for (int i = 0; i < count; ++i) {
    const Answer answer = run(target, bytes_of(files[i]));
    std::printf("%s %s\n", answer.accepted ? "read" : "error", answer.text.c_str());
  }
}

} // namespace

int main(int argc, char** argv) {
  const Target* const target = argc > 2 ? find_target(argv[1]) : nullptr;
  if (argc != 2 && target == nullptr) {
    std::fprintf(stderr, "usage: replay CORPORA | TARGET FILE...\n");
    return 2;
  }
  try {
    if (argc == 2) return replay(argv[1]) ? 0 : 1;
    print(*target, argc - 2, argv + 2);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "replay: %s\n", e.what());
    return 1;
  }
}
