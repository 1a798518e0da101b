// Implements target.h: CPU detection by CPUID and XGETBV.
// SPDX-License-Identifier: MIT
#include "tensor/target.h"

#include "tensor/error.h"

#include <cpuid.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace pose {
namespace {

constexpr const char* kNames[] = {"ref", "avx2", "avx512", "cuda"};

// Returns the register files that the operating system saves on a context switch (XCR0), or 0 without XGETBV.
std::uint64_t saved_registers() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t(high) << 32) | low;
}

Target detect() {
  constexpr std::uint64_t kYmm = 0x6, kZmm = 0xe6; // XMM+YMM; also opmask, upper ZMM halves, ZMM16..31
  unsigned a = 0, b = 0, c = 0, d = 0;
  const std::uint64_t saved = saved_registers();
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_FMA) || (saved & kYmm) != kYmm) return Target::ref;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return Target::ref;
  constexpr unsigned kAvx512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
  return (b & kAvx512) == kAvx512 && (saved & kZmm) == kZmm ? Target::avx512 : Target::avx2;
}

Target machine() {
  static const Target found = detect();
  return found;
}

std::string up_to(Target best) {
  std::string names = kNames[0];
  for (int t = 1; t <= int(best); t++) names += std::string(", ") + kNames[t];
  return names;
}

} // namespace

const char* name_of(Target target) {
  return kNames[int(target)];
}

Target parse_target(std::string_view name) {
  for (Target t : {Target::ref, Target::avx2, Target::avx512}) {
    if (name == name_of(t)) return t;
  }
  fail<DeviceError>("unknown target '{}': expected ref, avx2 or avx512; this CPU has {}", name, up_to(machine()));
}

Target best_target() {
  const char* cap = std::getenv("POSE_TARGET");
  if (cap == nullptr || *cap == '\0') return machine();
  try {
    return std::min(parse_target(cap), machine());
  } catch (const Error& e) {
    fail<DeviceError>("$POSE_TARGET: {}", e.what());
  }
}

void require_target(Target target) {
  if (target > best_target()) fail<DeviceError>("target {}: this CPU (or $POSE_TARGET) allows {}", name_of(target), up_to(best_target()));
}

} // namespace pose
