// The 64-bit wgmma descriptor of a matrix in shared memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define SIMT_BOTH __host__ __device__ __forceinline__
#else
#define SIMT_BOTH inline
#endif

namespace simt {

// Returns the descriptor for rows of 128 bytes, K-major, with 128-byte swizzle; groups of 8 rows are 1024 bytes apart.
// Fields (PTX ISA, "matrix descriptor"): bits 0-13 address / 16; 16-29 leading offset, not read here;
// 32-45 stride between groups / 16; 62-63 swizzle, 1 = 128 bytes.
SIMT_BOTH std::uint64_t wgmma_description(std::uint32_t address) {
  return std::uint64_t((address & 0x3ffffu) >> 4) | std::uint64_t(1) << 16 | std::uint64_t(1024 >> 4) << 32 | std::uint64_t(1) << 62;
}

} // namespace simt
