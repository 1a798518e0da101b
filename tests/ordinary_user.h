// OrdinaryUser: a test without the rights of root.
// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>

#include <unistd.h>

namespace pose::testing {

// Gives up root's rights for a moment, since root may read and write everything.
class OrdinaryUser {
public:
  OrdinaryUser() : root_(geteuid() == 0) {
    if (root_) REQUIRE(seteuid(65534) == 0);
  }
  ~OrdinaryUser() {
    if (root_ && seteuid(0) != 0) std::abort();
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

private:
  bool root_;
};

} // namespace pose::testing
