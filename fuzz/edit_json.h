// edit_json: changes of a JSON text that leave it JSON.
// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz/target.h"

namespace pose::fuzz {

// Replaces, removes, repeats or moves one value.  Leaves a text that is not JSON, or nested too deep, as it is.
std::string edit_json(const std::string& text, Random& random);
// The same for the whole input.
void edit_json(Bytes& bytes, Random& random);
// The same for one line of the input.
void edit_json_line(Bytes& bytes, Random& random);

} // namespace pose::fuzz
