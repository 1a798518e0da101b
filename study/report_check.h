// Reports from files are checked whole before a page is made of them, which then need not doubt them.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace pose::study {

// Throws Error "{source}: place: expected ..., found ..." unless it is a report of `layers diff`, format 1: every field there and of its type, names
// of layers unlike each other, pictures of as many bytes as their size says.  Fields that it does not know are passed over.
void check_report(const nlohmann::json& report, const std::string& source);

} // namespace pose::study
