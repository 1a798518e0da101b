// Emulating: replaces the emulated device during a test.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/emulator/emulated.h"

namespace pose::device_test {

// Sets limits, failures and lazy streams of the emulated device; its destructor restores the previous ones.
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
