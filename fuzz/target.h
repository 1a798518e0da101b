// Target: a parser that is fuzzed.  Every target is one file of this folder, which registers it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pose::fuzz {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

// A deterministic source of numbers for edits.
class Random {
public:
  explicit Random(unsigned seed) : state_(seed * 2654435761u + 1) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  std::size_t below(std::size_t n) { return n == 0 ? 0 : next() % n; }

private:
  std::uint32_t state_;
};

// The most memory that a run may use at a time: `fixed` bytes, and `each` for each byte of the input.
struct MemoryBound {
  std::size_t fixed = 0, each = 0;
};

struct Target {
  const char* name;
  MemoryBound memory;
  // Reads an input, and returns a line that describes what was read.  Throws Error with a message of one line for an input that is refused.
  // Anything else is a bug.
  std::string (*read)(View bytes);
  // Changes an input as its format allows.  null: none
  void (*edit)(Bytes& bytes, Random& random) = nullptr;
  // Corrects lengths, offsets and checksums, so that changes reach the code after these checks.  null: none
  void (*repair)(Bytes& bytes) = nullptr;
};

// Adds a target to targets() while the program starts.
struct Registration {
  explicit Registration(const Target& target);
};

const std::vector<Target>& targets();
// Returns the target of that name; null: there is none.
const Target* find_target(const std::string& name);

// The end of a run: an input that was read, with its description, or the message of its error.
struct Answer {
  bool accepted = false;
  std::string text;
};

// Reads an input.  Aborts for a message that is not one line, and, in a build with AddressSanitizer, for too much memory.  Lets every exception
// but Error pass.
Answer run(const Target& target, View bytes);

inline std::span<const std::byte> as_bytes(View view) {
  return std::as_bytes(view);
}
inline std::string as_text(View view) {
  return {view.begin(), view.end()};
}

} // namespace pose::fuzz
