// The baselines of this program.
// SPDX-License-Identifier: MIT
#include "bench/rival_kernels.h"

namespace pose::bench {

bool is_plain(const Conv2d& op) {
  return op.act == kLinear && op.post == kLinear && !op.residual && op.placing == StoreMode::plain;
}

Rivals rivals_of_build([[maybe_unused]] const Settings& settings) {
  Rivals rivals;
#ifdef POSE_RIVAL_ONEDNN
  rivals.conv2d.push_back(rival_onednn(settings.threads));
#endif
#ifdef POSE_RIVAL_OPENBLAS
  rivals.conv2d.push_back(rival_openblas(settings.threads));
#endif
  return rivals;
}

} // namespace pose::bench
