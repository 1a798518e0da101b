// Implements fiber.h for x86-64: allocates and switches stacks.
// SPDX-License-Identifier: MIT
#include "device/emulator/fiber.h"

#include "tensor/error.h"

#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SIMT_ASAN(...) __VA_ARGS__
#else
#define SIMT_ASAN(...)
#endif
#if defined(SIMT_TSAN) // this file is built without -fsanitize=thread
#include <sanitizer/tsan_interface.h>
#define SIMT_IF_TSAN(...) __VA_ARGS__
#else
#define SIMT_IF_TSAN(...)
#endif

// Pushes the callee-saved registers, stores the stack pointer to *save, loads the other stack pointer and pops.
extern "C" void simt_switch(void** save, void* load);
asm(R"(
.text
.globl simt_switch
.type simt_switch, @function
simt_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size simt_switch, .-simt_switch
)");

namespace simt {
namespace {

constexpr std::size_t kPage = 4096, kStack = 128 * 1024;
constexpr unsigned kNoOrder [[maybe_unused]] = 1; // __tsan_switch_to_fiber_no_sync

Fiber* left = nullptr; // the fiber that the last switch left

} // namespace

void release([[maybe_unused]] const void* what) {
  SIMT_IF_TSAN(__tsan_release(const_cast<void*>(what));)
}
void acquire([[maybe_unused]] const void* what) {
  SIMT_IF_TSAN(__tsan_acquire(const_cast<void*>(what));)
}

Fiber::Fiber() : size_(kStack) {
  void* p = mmap(nullptr, kPage + kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED || mprotect(p, kPage, PROT_NONE) != 0) throw pose::Error("the emulated device: no memory for the stack of a thread");
  mapped_ = static_cast<char*>(p);
  bottom_ = mapped_ + kPage;
  SIMT_IF_TSAN(tsan_ = __tsan_create_fiber(0);)
}
Fiber::Fiber(Caller) {
  SIMT_IF_TSAN(tsan_ = __tsan_get_current_fiber();)
}
Fiber::~Fiber() {
  if (mapped_ == nullptr) return;
  munmap(mapped_, kPage + kStack);
  SIMT_IF_TSAN(__tsan_destroy_fiber(tsan_);)
}

void Fiber::start(void (*entry)()) {
  SIMT_ASAN(__asan_unpoison_memory_region(bottom_, size_);)            // frames of abandoned calls
  void** top = reinterpret_cast<void**>(mapped_ + kPage + kStack) - 2; // entry() finds the stack as after a call instruction
  top[0] = reinterpret_cast<void*>(entry);
  top[1] = nullptr;
  sp_ = top - 6;
}

void Fiber::switch_to(Fiber& to, [[maybe_unused]] bool for_good) {
  left = this;
  SIMT_ASAN(__sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, to.bottom_, to.size_);)
  SIMT_IF_TSAN(__tsan_switch_to_fiber(to.tsan_, kNoOrder);)
  simt_switch(&sp_, to.sp_);
  SIMT_ASAN(__sanitizer_finish_switch_fiber(fake_stack_, &left->bottom_, &left->size_);)
}
void Fiber::began() {
  SIMT_ASAN(__sanitizer_finish_switch_fiber(nullptr, &left->bottom_, &left->size_);)
}

Actor::Actor() {
  SIMT_IF_TSAN(tsan_ = __tsan_create_fiber(0);)
}
void* Actor::enter() {
  void* me = nullptr;
  SIMT_IF_TSAN(me = __tsan_get_current_fiber(); __tsan_switch_to_fiber(tsan_, kNoOrder);)
  (void)tsan_;
  return me;
}
void Actor::leave([[maybe_unused]] void* previous) {
  SIMT_IF_TSAN(__tsan_switch_to_fiber(previous, kNoOrder);)
}

} // namespace simt
