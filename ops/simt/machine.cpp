// The scheduler: one fiber a thread, one block at a time.
// SPDX-License-Identifier: MIT
#include "ops/simt/host_words.h"
#include "tensor/error.h"
#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <random>
#include <sys/mman.h>
#include <vector>
#if defined(SIMT_UCONTEXT)
#include <ucontext.h>
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(SIMT_NO_ANNOTATION)
#undef __SANITIZE_ADDRESS__
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(SIMT_TSAN) // this file itself is built without -fsanitize=thread
#include <sanitizer/tsan_interface.h>
#define TSAN(...) __VA_ARGS__
#else
#define TSAN(...)
#endif

#if !defined(SIMT_UCONTEXT)
extern "C" void simt_switch(void** save, void* load);
#if defined(__x86_64__)
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
#elif defined(__aarch64__)
asm(R"(
.text
.globl simt_switch
.type simt_switch, %function
simt_switch:
    sub sp, sp, #160
    stp x19, x20, [sp]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
#endif
#endif

namespace simt {
namespace {
constexpr size_t kStack = 128 * 1024;
enum State : uint8_t { kReady, kAtBarrier, kAtWarp, kDone };

template <class T, unsigned N> struct Ring { // asynchronous operations in flight, in commit groups
  T op[N];
  unsigned of[N], head = 0, tail = 0, group = 0;
  void push(const T& x) {
    if (tail - head == N) throw pose::Error("too many asynchronous operations in flight");
    op[tail % N] = x, of[tail++ % N] = group;
  }
  bool due(unsigned i, int left) const { return head + i != tail && int(group - of[(head + i) % N]) > left; }
  const T& at(unsigned i) const { return op[(head + i) % N]; }
};

struct Fiber {
  void* sp = nullptr;
  char* stack = nullptr;
  size_t size = kStack;
  uint3 tid{};
  State state{};
  Place where;
  void *fake = nullptr, *tsan = nullptr;
#if defined(SIMT_UCONTEXT)
  ucontext_t uc;
#endif
  Ring<Copy, 256> copies;
};
struct Warp {
  uint32_t arrived = 0, phase = 0;
  void* slot[32];
  uint32_t mask[32];
  void (*op[32])(void* const*);
  char hb[2];
};

struct Machine {
  std::string kernel;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Fiber*> thread; // by thread number
  std::vector<Warp> warps;
  std::vector<unsigned> ready;
  Fiber main;
  Fiber* cur = &main;
  unsigned n = 0, alive = 0, waiting = 0, phase = 0;
  Place where;
  void (*body)(void*) = nullptr;
  void* arg = nullptr;
  std::byte* smem = nullptr;
  std::exception_ptr error;
  std::minstd_rand rng;
  char hb[4]; // what orders memory accesses: even and odd barriers, kernel start, kernel end
  void* janitor = nullptr;
} M;

unsigned id(const Fiber* f) {
  return (f->tid.z * blockDim.y + f->tid.y) * blockDim.x + f->tid.x;
}
std::string str(const Place& l) {
  return std::string(l.file).append(":").append(std::to_string(l.line));
}
bool same(const Place& a, const Place& b) {
  return a.line == b.line && a.file == b.file;
}
std::string name(const Fiber* f) {
  return std::string("thread ").append(std::to_string(id(f)));
}

void go(Fiber* to) {
  Fiber* from = M.cur;
  if (from == to) return;
  M.cur = to, threadIdx = to->tid, ++stats.switches;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from->fake, to->stack, to->size);
#endif
  TSAN(__tsan_switch_to_fiber(to->tsan, 1);) // 1: switching orders nothing, so unordered accesses show as races
#if defined(SIMT_UCONTEXT)
  swapcontext(&from->uc, &to->uc);
#else
  simt_switch(&from->sp, to->sp);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(from->fake, nullptr, nullptr);
#endif
}

[[noreturn]] void fail(std::string what) {
  throw pose::Error("kernel " + M.kernel + ": " + what + " (block " + std::to_string(blockIdx.x) + "," + std::to_string(blockIdx.y) + "," +
                    std::to_string(blockIdx.z) + ")");
}

void next() { // leave this fiber, which is not ready, for one that is
  if (M.ready.empty()) {
    if (M.alive == 0 || M.error) return go(&M.main);
    std::string s = "deadlock:";
    int shown = 0;
    for (unsigned i = 0; i < M.n && shown < 8; ++i)
      if (auto& f = *M.thread[i]; f.state != kDone && ++shown) s.append(" ").append(name(&f)).append(" waits at ").append(str(f.where)).append(";");
    M.error = std::make_exception_ptr(pose::Error("kernel " + M.kernel + ": " + s));
    return go(&M.main);
  }
  if (schedule.seed > 1) std::swap(M.ready[M.rng() % M.ready.size()], M.ready.back());
  unsigned i = M.ready.back();
  M.ready.pop_back();
  go(M.thread[i]);
}
void block_on(State s, Place at) {
  M.cur->state = s, M.cur->where = at, next();
}
void wake(unsigned i) {
  M.thread[i]->state = kReady, M.ready.push_back(i);
}

void fiber_main() {
#if defined(__SANITIZE_ADDRESS__)
  const void* bottom;
  size_t size;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  if (!M.main.stack) M.main.stack = (char*)bottom, M.main.size = size; // only main starts fibers for the first time...
#endif
  TSAN(__tsan_acquire(&M.hb[2]);)
  try {
    M.body(M.arg);
    if (M.waiting) fail(name(M.cur) + " left the kernel while others wait in __syncthreads at " + str(M.where));
    for (auto& w = M.warps[id(M.cur) / 32]; w.arrived;) fail(name(M.cur) + " left the kernel while its warp waits");
  } catch (...) {
    M.error = std::current_exception();
  }
  TSAN(__tsan_release(&M.hb[3]);)
  M.cur->state = kDone, --M.alive;
  if (M.error) go(&M.main);
  next();
  __builtin_trap();
}

void make(Fiber& f) {
  if (!f.stack) {
    f.stack = static_cast<char*>(mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    mprotect(f.stack, 4096, PROT_NONE);
    TSAN(f.tsan = __tsan_create_fiber(0);)
  }
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(f.stack + 4096, kStack - 4096);
#endif
#if defined(SIMT_UCONTEXT)
  getcontext(&f.uc);
  f.uc.uc_stack.ss_sp = f.stack, f.uc.uc_stack.ss_size = kStack, f.uc.uc_link = nullptr;
  makecontext(&f.uc, fiber_main, 0);
#elif defined(__x86_64__)
  auto** top = reinterpret_cast<void**>(f.stack + kStack) - 2;
  top[0] = reinterpret_cast<void*>(fiber_main), top[1] = nullptr;
  f.sp = top - 6;
#elif defined(__aarch64__)
  auto** top = reinterpret_cast<void**>(f.stack + kStack) - 20;
  top[11] = reinterpret_cast<void*>(fiber_main);
  f.sp = top;
#endif
}

void run_block(dim3 idx, size_t smem, unsigned serial) {
  struct Smem { // fresh for each block, exactly as large as asked for: AddressSanitizer guards both ends
    std::byte* p;
    Smem(size_t n) : p(static_cast<std::byte*>(::operator new(n + !n, std::align_val_t(1024)))) {
      std::memset(p, 0xff, n); // NaN in every float format: reading what nobody wrote shows
    }
    ~Smem() { // freed by a thread of its own, so that this block's end orders nothing before the next block
      TSAN(__tsan_switch_to_fiber(M.janitor, 1); __tsan_acquire(&M.hb[3]);)
      ::operator delete(p, std::align_val_t(1024));
      TSAN(__tsan_switch_to_fiber(M.main.tsan, 1);)
    }
  } s(smem);
  M.smem = s.p, blockIdx = idx;
  M.alive = M.n, M.waiting = 0, M.error = nullptr, M.ready.clear();
  for (auto& w : M.warps) w.arrived = 0;
  for (unsigned i = 0; i < M.n; ++i) {
    auto& f = *(M.thread[i] = M.fibers[(i + serial * 37) % M.n].get()); // not the fiber that was thread i of the last block
    make(f), f.state = kReady, f.copies.head = f.copies.tail = 0;
    f.tid = {i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y)};
    M.ready.push_back(schedule.seed == 1 ? i : M.n - 1 - i);
  }
  TSAN(__tsan_release(&M.hb[2]);)
  next();
  if (M.error) {
    TSAN(__tsan_acquire(&M.hb[3]);)
    std::rethrow_exception(M.error);
  }
}
} // namespace

void run(const char* kernel, Extent grid, Extent block, size_t smem, void (*body)(void*), void* arg) {
  M.kernel = kernel;
  gridDim = {grid.x, grid.y, grid.z}, blockDim = {block.x, block.y, block.z}, M.body = body, M.arg = arg, M.n = block.x * block.y * block.z;
  if (M.n == 0 || M.n > 1024 || smem > 227 * 1024) throw pose::Error("bad launch");
  TSAN(if (!M.main.tsan) M.main.tsan = __tsan_get_current_fiber(), M.janitor = __tsan_create_fiber(0);)
  while (M.fibers.size() < M.n) M.fibers.push_back(std::make_unique<Fiber>());
  M.thread.resize(M.n);
  M.warps.assign((M.n + 31) / 32, Warp());
  M.rng.seed(schedule.seed);
  std::vector<dim3> order;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) order.push_back({x, y, z});
  if (schedule.seed == 1) std::reverse(order.begin(), order.end());
  if (schedule.seed > 1) std::shuffle(order.begin(), order.end(), M.rng);
  unsigned serial = 0;
  for (dim3 b : order) run_block(b, smem, serial++);
  TSAN(__tsan_acquire(&M.hb[3]);)
}

void* shared_base() {
  return M.smem;
}
void copy_later(Copy c) {
  M.cur->copies.push(c);
}
void copy_commit() {
  ++M.cur->copies.group;
}
bool copy_due(int left, Copy& c) {
  auto& q = M.cur->copies;
  return q.due(0, left) && (c = q.at(0), ++q.head, true);
}

void barrier(Place at) {
  if (M.waiting == 0) M.where = at;
  if (!same(M.where, at)) fail("divergent __syncthreads: " + name(M.cur) + " at " + str(at) + ", others at " + str(M.where));
  if (M.alive != M.n) fail(name(M.cur) + " waits in __syncthreads at " + str(at) + " but other threads have left");
  [[maybe_unused]] unsigned ph = M.phase & 1;
  TSAN(__tsan_release(&M.hb[ph]);)
  if (++M.waiting == M.alive) {
    M.waiting = 0, ++M.phase, ++stats.barriers;
    for (unsigned k = 0; k < M.n; ++k) {
      unsigned i = schedule.seed == 1 ? k : M.n - 1 - k;
      if (M.thread[i] != M.cur) wake(i);
    }
  } else {
    block_on(kAtBarrier, at);
  }
  TSAN(__tsan_acquire(&M.hb[ph]);)
}

void collective(void* arg, void (*op)(void* const*), uint32_t mask, [[maybe_unused]] bool ordered, Place at) {
  unsigned me = id(M.cur), lane = me % 32, base = me - lane;
  auto& w = M.warps[me / 32];
  if (base + 32 > M.n) mask &= (1u << (M.n - base)) - 1;
  if (!(mask >> lane & 1)) fail(name(M.cur) + " is not in its own mask at " + str(at));
  w.slot[lane] = arg, w.mask[lane] = mask, w.op[lane] = op, w.arrived |= 1u << lane, M.cur->where = at;
  [[maybe_unused]] unsigned ph = w.phase & 1;
  TSAN(if (ordered) __tsan_release(&w.hb[ph]);)
  if ((w.arrived & mask) != mask) {
    block_on(kAtWarp, at);
  } else {
    void* slots[32] = {};
    for (unsigned i = 0; i < 32; ++i) {
      if (!(mask >> i & 1)) continue;
      auto& f = *M.thread[base + i];
      if (w.op[i] != op || w.mask[i] != mask || !same(f.where, at))
        fail("divergent warp: " + name(M.cur) + " at " + str(at) + ", " + name(&f) + " at " + str(f.where));
      slots[i] = w.slot[i];
    }
    op(slots);
    w.arrived &= ~mask, ++w.phase, ++stats.warp_ops;
    for (unsigned k = 0; k < 32; ++k) {
      unsigned i = schedule.seed == 1 ? k : 31 - k;
      if (mask >> i & 1 && base + i != me) wake(base + i);
    }
  }
  TSAN(if (ordered) __tsan_acquire(&w.hb[ph]);)
}

} // namespace simt
