// Graphs of cfg files that a test writes, and their nodes by name.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/darknet_cfg.h"

#include <doctest/doctest.h>

namespace pose::testing {

inline const std::string kNet = "[net]\nwidth=32\nheight=24\nchannels=4\n"; // layers start on line 5

inline Graph parse(const std::string& layers, const CfgOptions& options = {}) {
  return parse_darknet_cfg_text(kNet + layers, "x.cfg", options);
}

inline const Node& node(const Graph& g, const std::string& name) {
  CAPTURE(name);
  REQUIRE(g.find(name) >= 0);
  return g[g.find(name)];
}

template <class P> P op(const Graph& g, const std::string& name) {
  return std::get<P>(node(g, name).op);
}

inline std::int64_t floats(const std::vector<ParamSpec>& specs) {
  std::int64_t sum = 0;
  for (const ParamSpec& spec : specs) sum += spec.count();
  return sum;
}

inline std::vector<std::string> names(const std::vector<ParamSpec>& specs) {
  std::vector<std::string> names;
  for (const ParamSpec& spec : specs) names.push_back(spec.name);
  return names;
}

} // namespace pose::testing
