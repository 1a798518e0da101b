// for_each_op: visits every op that has kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"

#include <type_traits>
#include <utility>

namespace pose {

// Calls f.operator()<P>() with the parameters P of every op, in the order of Op.  Input is skipped, since it has no kernels.
template <class F> void for_each_op(F f) {
  const auto call = [&]<class P>() {
    if constexpr (!std::is_same_v<P, Input>) f.template operator()<P>();
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (call.template operator()<std::variant_alternative_t<I, Op>>(), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Op>>());
}

} // namespace pose
