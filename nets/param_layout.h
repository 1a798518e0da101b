// param_layout: the parameters that an op takes, so that files only need to name them.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"
#include "weights/store.h"

#include <vector>

namespace pose {

// Returns shape and role of every parameter, in the order of the op's header; names are empty.  Throws Error for sizes that no tensor can have.
std::vector<ParamSpec> param_layout(const Op& op);

} // namespace pose
