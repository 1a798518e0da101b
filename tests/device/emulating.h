// Emulating: another emulated device for the life of a test.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/emulator/emulated.h"

namespace pose::device_test {

// Limits, failures and lazy streams of the emulated device; everything as it was behind it.
class Emulating {
public:
  explicit Emulating(const Emulation& e) : before_(emulation) { emulation = e; }
  ~Emulating() { emulation = before_; }
  Emulating(const Emulating&) = delete;
  Emulating& operator=(const Emulating&) = delete;

private:
  Emulation before_;
};

} // namespace pose::device_test
