// Selects the device that the tests use.
// SPDX-License-Identifier: MIT
#include "tests/device/test_device.h"

#include "tensor/error.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace pose::device_test {
namespace {

int chosen() {
  const char* variable = std::getenv("POSE_TEST_DEVICE");
  const std::string_view text = variable != nullptr ? variable : "emulated";
  if (text == "emulated") return kEmulated;
  int index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index < 0)
    fail("POSE_TEST_DEVICE: expected `emulated` or the number of a GPU, found `{}`", text);
  return index;
}

} // namespace

Gpu& gpu() {
  static Gpu the(chosen());
  return the;
}

bool is_emulated() {
  return chosen() == kEmulated;
}

} // namespace pose::device_test
