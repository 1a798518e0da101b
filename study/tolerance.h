// Tolerance: the largest difference allowed between two values of a layer.
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
// given: the same formula with the user's rtol and atol.
// bound: the rounding bounds of ops/bounds.h.  For a layer with the reference's inputs it is twice the layer's own bound, since both sides round; for
// all others it is inherited_bound().
struct Tolerance {
  enum class Kind { torch, bound, given };

  Kind kind = Kind::torch;
  double rtol = 1.3e-6, atol = 1e-5; // 0 for bound

  // Parses "torch", "bound" or "RTOL,ATOL".  Throws InputError.
  static Tolerance parse(const std::string& text);
  const char* name() const;
  std::string text() const; // as the verdict prints it
};

// Bounds of |ours - reference|: absolute + relative * |reference|, or the bounds that `each` returns for a chunk with reference values `want`.  The
// result of `each` is valid as long as `want` is.
struct ChunkBounds {
  double absolute = 0, relative = 0;
  std::function<Bound(const Chunk&, std::span<const float> want)> each = {};
};

// Returns the bounds of Kind::torch and Kind::given.
ChunkBounds elementwise_bounds(const Tolerance& tolerance);

// Returns inherited_bound() for a layer at `depth`.  Reads the reference once, for its scale.
ChunkBounds inherited_bounds(int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference);

// Returns twice the rounding_bound() of a node's op.  magnitudes: the value of the same node in a net of magnitudes (magnitudes.h).
ChunkBounds own_bounds(const Graph& graph, int node, const ChunkReader& magnitudes);

} // namespace pose::study
