// Tests that the harness detects every way in which a kernel can break its contract.
// SPDX-License-Identifier: MIT
#include "tests/ops/guarded_map.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pose;
using namespace pose::harness;

namespace {

// Computes x + 1, blocked, correctly; `broken` then does the damage.
using Damage = void (*)(const Call&);

template <Damage broken> void run(const Activation&, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape s = out.shape;
  for (int n = 0; n < s.n; n++)
    for (int y = 0; y < s.h; y++)
      for (int px = 0; px < s.w; px++)
        for (int c = 0; c < s.blocks() * kLanes; c++) out.at(n, y, px, c) = c < s.c ? x.at(n, y, px, c) + 1 : 0.0f;
  broken(call);
}

std::int64_t some_floats(const Activation&) {
  return 8;
}
std::int64_t some_scratch(const Activation&, const Maps&, int threads) {
  return 8 * threads;
}
void pack(const Activation&, const RawWeights&, float* packed) {
  packed[0] = 1;
}
void pack_too_much(const Activation&, const RawWeights&, float* packed) {
  packed[8] = 1;
}

template <Damage broken> Kernel<Activation> kernel() {
  return {"planted", Target::ref, nullptr, some_floats, pack, some_scratch, run<broken>};
}

void nothing(const Call&) {}

bool finds(const Kernel<Activation>& k, const char* fault) {
  const Kernel<Activation> good = kernel<nothing>();
  const Data data{.in = {{1, 3, 5, 17}}};
  const Verdict v = examine(bind(k, Activation{}), bind(good, Activation{}), nullptr, data, {1, 3, 5, 17}, exact());
  for (const std::string& f : v.faults)
    if (f.find(fault) != std::string::npos) return true;
  return false;
}

void wrong_value(const Call& c) {
  c.maps.out.at(0, 2, 4, 16) += 1e-6f;
}
void unwritten(const Call& c) {
  c.maps.out.at(0, 0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
}
void padding(const Call& c) {
  c.maps.out.at(0, 1, 1, 17) = 1;
}
void past_the_row(const Call& c) {
  if (c.maps.out.halo > 0) c.maps.out.at(0, 1, 5, 0) = 0;
}
void next_block(const Call& c) {
  c.maps.out.data[-16] = 0;
}
void far_away(const Call& c) {
  c.maps.out.data[-c.maps.out.halo * (c.maps.out.row + 16) - 1] = 0;
}
void input(const Call& c) {
  const_cast<float&>(c.maps.in[0].at(0, 0, 0, 3)) = 5;
}
void halo_read(const Call& c) {
  const View<const float>& x = c.maps.in[0];
  c.maps.out.at(0, 0, 0, 0) += 0 * x.at(0, 0, x.shape.w + x.halo - 1, 0); // inside: allowed
}
void beyond_halo(const Call& c) {
  const View<const float>& x = c.maps.in[0];
  c.maps.out.at(0, 0, 0, 0) += 0 * x.data[-x.halo * (x.row + x.pixel) - 1];
}
void scratch(const Call& c) {
  c.scratch[8 * c.pool->threads()] = 0;
}
void threads(const Call& c) {
  c.maps.out.at(0, 0, 0, 0) += c.pool->threads() > 1 ? 1.0f : 0.0f;
}
void batch(const Call& c) {
  c.maps.out.at(0, 0, 0, 0) += c.maps.out.shape.n > 1 ? 0.0f : 1.0f;
}

} // namespace

TEST_CASE("a good kernel passes, and may read the halo of its input") {
  CHECK_FALSE(finds(kernel<nothing>(), ""));
  CHECK_FALSE(finds(kernel<halo_read>(), ""));
}

TEST_CASE("a kernel that breaks the contract is detected") {
  CHECK(finds(kernel<wrong_value>(), "worst"));
  CHECK(finds(kernel<unwritten>(), "worst"));
  CHECK(finds(kernel<padding>(), "padding lane 17"));
  CHECK(finds(kernel<past_the_row>(), "wrote to halo or neighbor"));
  CHECK(finds(kernel<next_block>(), "wrote"));
  CHECK(finds(kernel<far_away>(), "wrote outside the buffer"));
  CHECK(finds(kernel<input>(), "changed an input"));
  CHECK(finds(kernel<scratch>(), "scratch"));
  CHECK(finds(kernel<threads>(), "threads differ"));
  CHECK(finds(kernel<batch>(), "alone differs from the batch"));
  Kernel<Activation> k = kernel<nothing>();
  k.pack = pack_too_much;
  CHECK(finds(k, "packed weights"));
  k = kernel<nothing>();
  k.scratch_floats = [](const Activation&, const Maps& maps, int threads) { return std::int64_t(8 * threads + 8 - maps.out.shape.n); };
  CHECK(finds(k, "scratch of 14 floats for 2 images, 15 for one fewer"));
}

TEST_CASE("a kernel that accepts no map did not run") {
  Kernel<Activation> k = kernel<nothing>();
  k.accepts = [](const Activation&, const Maps&) { return false; };
  const Kernel<Activation> good = kernel<nothing>();
  const Data data{.in = {{1, 3, 5, 17}}};
  CHECK_FALSE(examine(bind(k, Activation{}), bind(good, Activation{}), nullptr, data, {1, 3, 5, 17}, exact()).ran);
  CHECK(run_once(bind(k, Activation{}), data, {random_values(255, 1)}, {1, 3, 5, 17}).empty());
}

TEST_CASE("poison from outside the halo spreads into the result" * doctest::skip(kTrapsReads)) {
  CHECK(finds(kernel<beyond_halo>(), "worst"));
}
