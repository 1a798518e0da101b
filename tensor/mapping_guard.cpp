// Implements mapping_guard.h.  The handler uses atomics without locks, and mmap(), which is a system call.
// SPDX-License-Identifier: MIT
#include "tensor/mapping_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace pose {
namespace {

struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0}; // end 0: free or not ready
  std::atomic<bool> taken{false}, lost{false};
};

constexpr int kSlots = 256;
Slot g_slots[kSlots];
std::uintptr_t g_page = 4096;
struct sigaction g_before {};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// Replaces everything from the lost page to the end of the range.  Returns whether it could.
bool replace_pages(Slot& slot, std::uintptr_t address, std::uintptr_t end) {
  const std::uintptr_t page = address / g_page * g_page;
  void* const at = reinterpret_cast<void*>(page);
  slot.lost = true;
  return mmap(at, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at;
}

void on_bus_error(int, siginfo_t* info, void*) {
  const int before = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Slot& slot : g_slots) {
    const std::uintptr_t begin = slot.begin, end = slot.end;
    if (address < begin || address >= end) continue;
    const bool replaced = replace_pages(slot, address, end);
    errno = before;
    if (replaced) return;
    break;
  }
  sigaction(SIGBUS, &g_before, nullptr); // the instruction runs again, and its signal gets there
}

void install() {
  g_page = std::uintptr_t(sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &g_before);
}

} // namespace

MappingGuard::MappingGuard(const std::byte* begin, std::size_t size) {
  static std::once_flag once;
  std::call_once(once, install);
  for (int i = 0; i < kSlots && slot_ < 0; i++) {
    if (!g_slots[i].taken.exchange(true)) slot_ = i;
  }
  if (slot_ < 0) return;
  Slot& slot = g_slots[slot_];
  slot.lost = false;
  slot.begin = reinterpret_cast<std::uintptr_t>(begin);
  slot.end = slot.begin + size;
}

MappingGuard::~MappingGuard() {
  if (slot_ < 0) return;
  g_slots[slot_].end = 0;
  g_slots[slot_].taken = false;
}

bool MappingGuard::lost() const {
  return slot_ >= 0 && g_slots[slot_].lost;
}

} // namespace pose
