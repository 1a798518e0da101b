// Reads Darknet .weights files.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/store.h"

namespace pose {

// Reads a .weights file.  The header is int32 major, minor, revision; then "images seen", int64 if major * 10 + minor >= 2 (and both < 1000), else
// int32.  Float32 values follow in the order of `specs`, to the last byte of the file.  With batch norm the order is beta, gamma, mean, var, weight;
// without it bias, weight (docs/spec.md, section 3).
// The file is mapped, not copied, except for parameters that it has transposed (ParamSpec::stored).  Throws an Error with the file's name.  For a
// wrong length, it also names the layer at which the file ends, or the number of bytes left over.
WeightStore read_darknet(const std::string& path, const std::vector<ParamSpec>& specs);

} // namespace pose
