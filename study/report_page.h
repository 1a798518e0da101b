// The page of study/report, which the build (scripts/lib/embed_page.py) turns into one C++ source.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace pose::study {

// A part of the page's text, or the name of a slot between two such parts.
struct PagePart {
  std::string_view text;
  bool is_slot;
};

extern const std::span<const PagePart> kReportPage;

} // namespace pose::study
