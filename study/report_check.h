// Validates the JSON of `layers diff`.  The HTML report relies on this check.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace pose::study {

// Throws Error "{source}: path: expected ..., found ..." unless this is a report of `layers diff`, format 1.  All fields must be present and of the
// right type, layer names must be distinct, and heat images must have w x h bytes.  Unknown fields are ignored.
void check_report(const nlohmann::json& report, const std::string& source);

} // namespace pose::study
