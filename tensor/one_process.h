// OneProcess: the process that made an object whose threads or GPU context do not survive fork().
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <unistd.h>

namespace pose {

class OneProcess {
public:
  // Returns whether this is the process that made the object.
  bool is_same() const { return getpid() == pid_; }
  // Throws InputError in another process than the one that made this object: its threads are missing there, and waiting for them would deadlock.
  void expect_same() const {
    if (!is_same()) fail<InputError>("expected an object made in this process, {}, found one of process {}: make it after the fork", getpid(), pid_);
  }

private:
  pid_t pid_ = getpid();
};

} // namespace pose
