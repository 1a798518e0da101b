// Target: which machine a kernel needs, and which this machine has.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pose {

// In rising order on the CPU: a machine that has a target has all CPU targets before it.
enum class Target { ref, avx2, avx512, cuda };

const char* name_of(Target target);

// "ref", "avx2", "avx512"; throws Error that lists them, and those of this CPU, for anything else.
Target parse_target(std::string_view name);

// The best CPU target: CPUID says the instructions exist (avx2 means AVX2 and FMA, avx512 means F, DQ, BW and VL) and
// XCR0 says the operating system saves the registers.  $POSE_TARGET lowers it, never raises it; throws Error when it
// names no target.
Target best_target();

// Throws Error naming what is available if this CPU lacks `target`.
void require_target(Target target);

} // namespace pose
