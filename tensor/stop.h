// StopCallback: asks long computations to end early.
// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace pose {

// Long computations call it regularly, and end early when it returns true.  Empty: never.
using StopCallback = std::function<bool()>;
inline bool wants_stop(const StopCallback& stop) {
  return stop && stop();
}

} // namespace pose
