// Implements target.h.
// SPDX-License-Identifier: MIT
#include "fuzz/target.h"

#include "fuzz/memory.h"
#include "tensor/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace pose::fuzz {
namespace {

std::vector<Target>& registered() {
  static std::vector<Target> all;
  return all;
}

[[noreturn]] void found(const Target& target, std::size_t size, const std::string& what) {
  std::fprintf(stderr, "%s: input of %zu bytes: %s\n", target.name, size, what.c_str());
  std::abort();
}

bool is_control(unsigned char c) {
  return c < ' ' || c == 127;
}

Answer read(const Target& target, View bytes) {
  try {
    return {true, target.read(bytes)};
  } catch (const Error& e) {
    return {false, e.what()};
  }
}

} // namespace

Registration::Registration(const Target& target) {
  registered().push_back(target);
}

const std::vector<Target>& targets() {
  return registered();
}

const Target* find_target(const std::string& name) {
  for (const Target& target : registered()) {
    if (target.name == std::string_view(name)) return &target;
  }
  return nullptr;
}

Answer run(const Target& target, View bytes) {
  MemoryPeak peak;
  Answer answer = read(target, bytes);
  const std::size_t most = target.memory.fixed + target.memory.each * bytes.size();
  if (peak.bytes() > most)
    found(target, bytes.size(), "expected at most " + std::to_string(most) + " bytes of memory, found " + std::to_string(peak.bytes()));
  const bool is_line = !answer.text.empty() && std::none_of(answer.text.begin(), answer.text.end(), is_control);
  if (!answer.accepted && !is_line) found(target, bytes.size(), "expected a message of one line without control characters, found: " + answer.text);
  return answer;
}

} // namespace pose::fuzz
