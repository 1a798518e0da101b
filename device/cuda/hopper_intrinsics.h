// Hopper intrinsics on the device, as inline PTX.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/cuda/intrinsics.h"
#include "device/hopper_tile.h"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define SIMT_HOPPER 1
#else
#define SIMT_HOPPER 0
#endif

// Inline PTX for sm_90a; nothing for other architectures.
#if SIMT_HOPPER
#define SIMT_PTX(...) asm volatile(__VA_ARGS__)
#else
#define SIMT_PTX(...)
#endif

namespace simt {

struct alignas(8) Mbar {
  std::uint64_t opaque;
};

__device__ __forceinline__ void mbar_init([[maybe_unused]] Mbar& b, [[maybe_unused]] int count) {
  SIMT_PTX("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(smem_addr(&b)), "r"(count) : "memory");
}
__device__ __forceinline__ void mbar_init_done() {
  SIMT_PTX("fence.mbarrier_init.release.cluster; fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ __forceinline__ void mbar_arrive([[maybe_unused]] Mbar& b) {
  SIMT_PTX("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(smem_addr(&b)) : "memory");
}
__device__ __forceinline__ void mbar_expect_tx([[maybe_unused]] Mbar& b, [[maybe_unused]] int bytes) {
  SIMT_PTX("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(smem_addr(&b)), "r"(bytes) : "memory");
}
__device__ __forceinline__ void mbar_wait([[maybe_unused]] Mbar& b, [[maybe_unused]] int parity) {
  SIMT_PTX("{\n.reg .pred p;\nWAIT:\nmbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n@p bra DONE;\nbra WAIT;\nDONE:\n}" ::"r"(smem_addr(&b)),
           "r"(parity)
           : "memory");
}
__device__ __forceinline__ void cp_async_arrive([[maybe_unused]] Mbar& b) {
  SIMT_PTX("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(smem_addr(&b)) : "memory");
}
__device__ __forceinline__ void bulk_copy([[maybe_unused]] void* dst, [[maybe_unused]] const void* src, [[maybe_unused]] int bytes,
                                          [[maybe_unused]] Mbar& b) {
  SIMT_PTX("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(smem_addr(dst)), "l"(src), "r"(bytes),
           "r"(smem_addr(&b))
           : "memory");
}
__device__ __forceinline__ void async_fence() {
  SIMT_PTX("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ __forceinline__ std::uint64_t wgmma_tile(const void* p) {
  return wgmma_description(smem_addr(p));
}
__device__ __forceinline__ void wgmma_fence() {
  SIMT_PTX("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ __forceinline__ void wgmma_commit() {
  SIMT_PTX("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int N> __device__ __forceinline__ void wgmma_wait() {
  SIMT_PTX("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}
template <int R> __device__ __forceinline__ void wgmma_wait(float (&d)[R]) {
  wgmma_wait<0>();
  SIMT_UNROLL
  for (int i = 0; i < R; i++) asm volatile("" : "+f"(d[i])::"memory"); // keeps reads of d after the wait
}

// Eight operands from d[i] on.
#define SIMT_REGISTERS_8(d, i)                                                                                                                       \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])
#define SIMT_REGISTERS_64(d, i)                                                                                                                      \
  SIMT_REGISTERS_8(d, i), SIMT_REGISTERS_8(d, i + 8), SIMT_REGISTERS_8(d, i + 16), SIMT_REGISTERS_8(d, i + 24), SIMT_REGISTERS_8(d, i + 32),         \
      SIMT_REGISTERS_8(d, i + 40), SIMT_REGISTERS_8(d, i + 48), SIMT_REGISTERS_8(d, i + 56)

// `add` is a predicate of the instruction.  Zeroing d before instead would make ptxas serialize the products.
__device__ __forceinline__ void wgmma(float (&d)[64], std::uint64_t a, std::uint64_t b, bool add) {
#if SIMT_HOPPER
  asm volatile("{.reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, "
               "%10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "
               "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
               "%62, %63}, %64, %65, p, 1, 1, 0, 0;}"
               : SIMT_REGISTERS_64(d, 0)
               : "l"(a), "l"(b), "r"(int(add)));
#endif
}
__device__ __forceinline__ void wgmma(float (&d)[128], std::uint64_t a, std::uint64_t b, bool add) {
#if SIMT_HOPPER
  asm volatile("{.reg .pred p; setp.ne.b32 p, %130, 0; wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, "
               "%10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "
               "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
               "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, "
               "%88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
               "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, %128, %129, p, 1, 1, 0, 0;}"
               : SIMT_REGISTERS_64(d, 0), SIMT_REGISTERS_64(d, 64)
               : "l"(a), "l"(b), "r"(int(add)));
#endif
}

#undef SIMT_REGISTERS_8
#undef SIMT_REGISTERS_64

} // namespace simt
