// Writes the HTML report of `layers diff`.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace pose::study {

// Writes a self-contained page from the JSON of `layers diff`.  Throws Error for JSON that is not such a report (report_check.h), and for a file that
// cannot be written.
void write_report(const std::string& path, const nlohmann::json& report);

// Writes a page from a file of `layers diff --json`, as write_report() does.
void write_report_of_file(const std::string& json, const std::string& html);

} // namespace pose::study
