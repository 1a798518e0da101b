// The HTML report of `layers diff`.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace pose::study {

// Writes a page of one file that needs nothing else, from the JSON of `layers diff`.  Throws Error, naming path and place, for JSON
// that is no such report (report_check.h) and for a file that cannot be written.
void write_report(const std::string& path, const nlohmann::json& report);

// write_report of a file that `layers diff --json` wrote.
void write_report_of_file(const std::string& json, const std::string& html);

} // namespace pose::study
