// Target: the instruction set or device that a kernel needs, and detection of what this machine has.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pose {

// In rising order on the CPU: a machine that supports a target supports all CPU targets before it.
enum class Target { ref, avx2, avx512, cuda };

const char* name_of(Target target);

// Parses "ref", "avx2" or "avx512".  For other names, throws an Error that lists them and the targets of this CPU.
Target parse_target(std::string_view name);

// Returns the best CPU target.  CPUID must report the instructions (avx2 means AVX2 and FMA, avx512 means F, DQ, BW and VL).  XCR0 must report that
// the operating system saves the registers.  $POSE_TARGET can lower the target, never raise it; throws Error when it names no target.
Target best_target();

// Throws an Error that names the available targets if this CPU lacks `target`.
void require_target(Target target);

} // namespace pose
