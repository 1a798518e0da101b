// Darknet .weights files.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/store.h"

namespace pose {

// Header: int32 major, minor, revision; then "images seen", int64 if major * 10 + minor >= 2 (and both < 1000), else int32.
// Then float32 values in the order of `specs` (docs/spec.md, section 3: with batch norm beta, gamma, mean, var, weight; else bias,
// weight), to the last byte of the file.  The file is mapped, not copied.
// Throws Error naming the file, and for a wrong length the layer at which it ends, or how many bytes are left over.
WeightStore read_darknet(const std::string& path, const std::vector<ParamSpec>& specs);

} // namespace pose
