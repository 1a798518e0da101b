// The 64 bits by which wgmma is told of a matrix in shared memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define SIMT_BOTH __host__ __device__ __forceinline__
#else
#define SIMT_BOTH inline
#endif

namespace simt {

// YoloOutput of 128 bytes, K-major, 128-byte swizzle; groups of 8 rows 1024 bytes apart.  (PTX ISA, "matrix descriptor": bits 0-13 address / 16,
// 16-29 leading offset, not read here, 32-45 stride between groups / 16, 62-63 the swizzle, 1 = 128 bytes.)
SIMT_BOTH std::uint64_t wgmma_description(std::uint32_t address) {
  return std::uint64_t((address & 0x3ffffu) >> 4) | std::uint64_t(1) << 16 | std::uint64_t(1024 >> 4) << 32 | std::uint64_t(1) << 62;
}

} // namespace simt
