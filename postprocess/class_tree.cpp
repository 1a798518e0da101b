// Implements class_tree.h.
// SPDX-License-Identifier: MIT
#include "postprocess/class_tree.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace pose {

ClassTree::ClassTree(const std::vector<int>& parents) : parents_(parents), child_(parents.size(), -1) {
  for (int i = 0; i < int(parents.size()); i++) {
    const bool is_new = i == 0 || parents[std::size_t(i)] != parents[std::size_t(i) - 1];
    if (is_new) {
      if (parents[std::size_t(i)] >= 0) child_[std::size_t(parents[std::size_t(i)])] = int(groups_.size());
      groups_.push_back({i, i});
    }
    groups_.back().end = i + 1;
  }
}

// In Darknet a probability already contains those of the parents, and the product multiplies them once more.
int ClassTree::top_class(const float* logits) const {
  constexpr float kLeast = 0.5f; // -hier of Darknet's detector
  float product = 1, above = 1;  // above: probability of the parent
  for (int g = 0;;) {
    const Group& group = groups_[std::size_t(g)];
    const float* best = std::max_element(logits + group.begin, logits + group.end);
    float sum = 0;
    for (const float* x = logits + group.begin; x < logits + group.end; x++) sum += std::exp(*x - *best);
    const int cls = int(best - logits), parent = parents_[std::size_t(cls)];
    above /= sum; // the likeliest has the probability e^0 / sum
    if (!(product * above > kLeast)) return g == 0 ? cls : parent;
    product *= above;
    g = child_[std::size_t(cls)];
    if (g < 0) return cls;
  }
}

} // namespace pose
