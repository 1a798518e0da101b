// The page of apps/report, as the build puts it into one piece.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace pose::study {

// A stretch of the page, or the name of a slot that stands between two of them.
struct PagePart {
  std::string_view text;
  bool is_slot;
};

extern const std::span<const PagePart> kReportPage;

} // namespace pose::study
