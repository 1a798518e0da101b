// Implements host_hopper.h's wgmma: reads the operands through their descriptors, as the hardware does.
// SPDX-License-Identifier: MIT
#include "device/emulator/host_hopper.h"

namespace simt {
namespace {

constexpr int kRows = 64, kDepth = 16, kMostColumns = 256;
constexpr std::uint64_t kAddress = 0x3fff;

void read_operand(int rows, std::uint64_t description, float (*to)[kDepth], SourceLocation where) {
  if ((description & ~kAddress) != wgmma_description(0)) fail(where, "wgmma: the descriptor is not one of wgmma_tile()");
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < kDepth; k++) {
      std::uint32_t at = std::uint32_t(description & kAddress) * 16 + unsigned(r) * 128 + unsigned(k) * 2;
      at ^= (at >> 7 & 7u) << 4; // undoes the swizzle
      if (at + 2 > shared_size()) fail(where, "wgmma reads past the end of shared memory");
      to[r][k] = __half2float(*reinterpret_cast<const half*>(static_cast<const char*>(shared_base()) + at));
    }
  }
}

// Adds the products to the accumulators.  These are registers of all 128 threads, so there is no race.
__attribute__((no_sanitize("thread"), noinline)) void add_products(const Wgmma (&lanes)[128], const float (*a)[kDepth], const float (*b)[kDepth]) {
  const int columns = lanes[0].columns;
  static float across[kDepth][kMostColumns];
  for (int n = 0; n < columns; n++) {
    for (int k = 0; k < kDepth; k++) across[k][n] = b[n][k];
  }
  for (int m = 0; m < kRows; m++) {
    float sum[kMostColumns] = {};
    for (int k = 0; k < kDepth; k++) {
      for (int n = 0; n < columns; n++) sum[n] += a[m][k] * across[k][n];
    }
    for (int n = 0; n < columns; n++) {
      const Wgmma& lane = lanes[m / 16 * 32 + m % 8 * 4 + n % 8 / 2];
      float& d = lane.d[n / 8 * 4 + m / 8 % 2 * 2 + n % 2];
      d = (lane.add ? d : 0) + sum[n];
    }
  }
}

} // namespace

void multiply(const Wgmma (&lanes)[128], SourceLocation at) {
  static float a[kRows][kDepth], b[kMostColumns][kDepth];
  read_operand(kRows, lanes[0].a, a, at);
  read_operand(lanes[0].columns, lanes[0].b, b, at);
  add_products(lanes, a, b);
}

} // namespace simt
