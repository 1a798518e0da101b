// LayerFilter: selects layers by a regular expression, the option --only.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <regex>
#include <string>

namespace pose::study {

class LayerFilter {
public:
  // "" selects all layers.  Throws InputError for an invalid expression.
  explicit LayerFilter(const std::string& only) : text_(only) {
    try {
      regex_ = std::regex(only);
    } catch (const std::regex_error& e) {
      fail<InputError>("--only {}: expected a regular expression: {}", only, e.what());
    }
  }

  // Returns true when the expression is found anywhere in the name.
  bool wants(const std::string& name) const { return std::regex_search(name, regex_); }
  const std::string& text() const { return text_; }

private:
  std::string text_;
  std::regex regex_;
};

} // namespace pose::study
