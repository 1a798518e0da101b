// Tolerance: how far two values of a layer may be apart.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/net.h"
#include "study/describe.h"
#include "study/net_input.h"
#include "tensor/compare.h"

#include <functional>
#include <span>
#include <string>

namespace pose::study {

// torch: |ours - reference| <= 1e-5 + 1.3e-6 |reference|, the defaults of torch.testing.assert_close for float32.
// given: the same with two numbers of the user's.
// bound: what roundings can explain (ops/bounds.h): of a layer that got the reference's inputs, twice its own bound, since both sides round; of all
// others, inherited_bound.
struct Tolerance {
  enum class Kind { torch, bound, given };

  Kind kind = Kind::torch;
  double rtol = 1.3e-6, atol = 1e-5; // 0 for bound

  // "torch", "bound" or "RTOL,ATOL"; throws InputError.
  static Tolerance parse(const std::string& text);
  const char* name() const;
  std::string text() const; // for the verdict
};

// What |ours - reference| may be: absolute + relative * |reference|, or `each` of a piece's numbers, whose reference values are `want`; valid as long
// as those are.
struct ChunkBounds {
  double absolute = 0, relative = 0;
  std::function<Bound(const Chunk&, std::span<const float> want)> each = {};
};

// Kind::torch, Kind::given.
ChunkBounds elementwise_bounds(const Tolerance& tolerance);

// inherited_bound at `depth` of a layer with this reference, which is read once to find its scale.
ChunkBounds inherited_bounds(int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference);

// Twice rounding_bound() of the node's op, for a node of `graph`.  magnitudes: what a net of magnitudes (magnitudes.h) computes from the same inputs.
ChunkBounds own_bounds(const Graph& graph, int node, const ChunkReader& magnitudes);

} // namespace pose::study
