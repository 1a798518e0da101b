// Implements memory.h with the hooks of AddressSanitizer.
// SPDX-License-Identifier: MIT
#include "fuzz/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define POSE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POSE_HAS_ASAN 1
#endif
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef POSE_HAS_ASAN
// As sanitizer/allocator_interface.h of clang declares them.  g++ 12 has the functions, but not the header.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t), void (*on_free)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void* pointer);
}
#endif

namespace pose::fuzz {
namespace {

thread_local bool counting = false;
thread_local std::int64_t in_use = 0, peak = 0; // memory from before the run may be freed in it, so in_use can fall below 0

#ifdef POSE_HAS_ASAN
void on_malloc(const volatile void*, std::size_t size) {
  if (!counting) return;
  in_use += std::int64_t(size);
  peak = std::max(peak, in_use);
}

void on_free(const volatile void* pointer) {
  if (!counting || pointer == nullptr) return;
  in_use -= std::int64_t(__sanitizer_get_allocated_size(pointer));
}

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
#endif

} // namespace

MemoryPeak::MemoryPeak() {
  in_use = peak = 0;
  counting = true;
}

MemoryPeak::~MemoryPeak() {
  counting = false;
}

std::size_t MemoryPeak::bytes() const {
  return std::size_t(peak);
}

} // namespace pose::fuzz
