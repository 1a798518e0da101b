// Hopper intrinsics on the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/emulator/host_intrinsics.h"
#include "device/hopper_tile.h"

#define SIMT_HOPPER 1

namespace simt {

inline void mbar_init(Mbar& b, int count, SourceLocation at = SourceLocation::current()) {
  mbar_init(b, unsigned(count), at);
}
inline void mbar_init_done() {}
inline void mbar_arrive(Mbar& b, SourceLocation at = SourceLocation::current()) {
  mbar_update(b, 1, 0, at);
}
inline void mbar_expect_tx(Mbar& b, int bytes, SourceLocation at = SourceLocation::current()) {
  mbar_update(b, 1, unsigned(bytes), at);
}
inline void mbar_wait(Mbar& b, int parity, SourceLocation at = SourceLocation::current()) {
  mbar_wait(b, unsigned(parity), at);
}
inline void cp_async_arrive(Mbar& b, SourceLocation at = SourceLocation::current()) {
  post_arrival(b, at);
}
inline void bulk_copy(void* dst, const void* src, int bytes, Mbar& b, SourceLocation at = SourceLocation::current()) {
  if ((smem_addr(dst) | reinterpret_cast<std::uintptr_t>(src) | std::uintptr_t(bytes)) % 16 != 0) fail(at, "bulk_copy: not 16-byte aligned");
  post_copy({dst, src, unsigned(bytes) / 16}, b, at);
}
inline void async_fence() {}

inline std::uint64_t wgmma_tile(const void* p) {
  return wgmma_description(smem_addr(p));
}
inline void wgmma(float (&d)[64], std::uint64_t a, std::uint64_t b, bool add, SourceLocation at = SourceLocation::current()) {
  wgmma_later({d, a, b, 128, add}, at);
}
inline void wgmma(float (&d)[128], std::uint64_t a, std::uint64_t b, bool add, SourceLocation at = SourceLocation::current()) {
  wgmma_later({d, a, b, 256, add}, at);
}
template <int N> void wgmma_wait(SourceLocation at = SourceLocation::current()) {
  wgmma_wait(N, at);
}
template <int R> void wgmma_wait(float (&)[R], SourceLocation at = SourceLocation::current()) {
  wgmma_wait(0, at);
}

} // namespace simt
