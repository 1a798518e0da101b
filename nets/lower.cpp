// Implements lower.h: the graph rewriting passes bind, fold and fuse.
// SPDX-License-Identifier: MIT
#include "nets/lower.h"

#include "tensor/error.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace pose {
namespace {

// A graph during rewriting.  A node that was merged into another one is dead; the other node computes its value.
class Rewriter {
public:
  explicit Rewriter(Lowered net) : old_(std::move(net)), nodes_(old_.graph.nodes()), dead_(nodes_.size(), false), users_(nodes_.size(), 0) {
    for (const Node& node : nodes_) {
      for (int id : node.inputs) users_[std::size_t(id)]++;
    }
    for (int id : old_.graph.outputs) users_[std::size_t(id)]++;
  }

  int size() const { return int(nodes_.size()); }
  Node& node(int id) { return nodes_[std::size_t(id)]; }
  NodeWeights& weights(int id) { return old_.weights[std::size_t(id)]; }
  bool dead(int id) const { return dead_[std::size_t(id)]; }
  bool used_once(int id) const { return users_[std::size_t(id)] == 1; }
  bool is_output(int id) const { return std::count(old_.graph.outputs.begin(), old_.graph.outputs.end(), id) > 0; }

  // Returns the op of `id` if it is a P, else null.
  template <class P> P* as(int id) { return std::get_if<P>(&node(id).op); }

  // Merges `producer` into its consumer `into`, which takes producer's op, with producer's inputs and weights in front.
  void absorb(int producer, int into, std::vector<int> more_inputs = {}) {
    Node &from = node(producer), &to = node(into);
    to.op = from.op;
    to.inputs = from.inputs;
    to.inputs.insert(to.inputs.end(), more_inputs.begin(), more_inputs.end());
    to.params.insert(to.params.begin(), from.params.begin(), from.params.end());
    weights(into) = std::move(weights(producer));
    dead_[std::size_t(producer)] = true;
  }

  // Makes all consumers of `id` read `instead`.
  void replace(int id, int instead) {
    for (Node& n : nodes_) std::replace(n.inputs.begin(), n.inputs.end(), id, instead);
    users_[std::size_t(instead)] += users_[std::size_t(id)] - 1;
    dead_[std::size_t(id)] = true;
  }

  Lowered finish() {
    Lowered out;
    out.graph.title = old_.graph.title;
    out.graph.pose = old_.graph.pose;
    out.graph.class_parents = old_.graph.class_parents;
    out.graph.diou_beta = old_.graph.diou_beta;
    std::vector<int> new_id(nodes_.size(), -1);
    for (int id = 0; id < size(); id++) {
      if (dead(id)) continue;
      Node& n = node(id);
      for (int& in : n.inputs) in = new_id[std::size_t(in)];
      new_id[std::size_t(id)] = out.graph.add(n.name, n.op, n.inputs, n.params);
      out.weights.push_back(std::move(weights(id)));
    }
    for (int id : old_.graph.outputs) out.graph.outputs.push_back(new_id[std::size_t(id)]);
    return out;
  }

private:
  Lowered old_;
  std::vector<Node> nodes_;
  std::vector<bool> dead_;
  std::vector<int> users_;
};

// Folds batch norm `id` into a P that computes its input.  Returns whether it did.
template <class P> bool fold_into(Rewriter& net, int id) {
  const int producer = net.node(id).inputs[0];
  const BatchNorm norm = *net.as<BatchNorm>(id);
  P* conv = net.as<P>(producer);
  if (conv == nullptr || !net.used_once(producer) || conv->act != kLinear) return false;
  NodeWeights& w = net.weights(producer);
  if (!w.scale.empty()) return false; // a second batch norm after the first
  if constexpr (std::is_same_v<P, Conv2d>) {
    if (conv->residual) return false;
  }
  w.scale.resize(std::size_t(norm.c));
  w.shift.resize(std::size_t(norm.c));
  batch_norm_affine(norm, net.weights(id).tensors.data(), conv->bias ? w.tensors[1] : nullptr, w.scale.data(), w.shift.data());
  conv->act = norm.act;
  net.absorb(producer, id);
  return true;
}

// Returns the Act that can take an activation after node `id`, or null.
Act* open_act(Rewriter& net, int id) {
  Act* act = std::visit(
      []<class P>(P& p) -> Act* {
        if constexpr (std::is_same_v<P, Conv2d>)
          return p.residual ? &p.post : &p.act;
        else if constexpr (requires { p.act; } && !std::is_same_v<P, Activation>)
          return &p.act;
        else
          return nullptr;
      },
      net.node(id).op);
  return act != nullptr && *act == kLinear ? act : nullptr;
}

void fuse_activation(Rewriter& net, int id) {
  const int producer = net.node(id).inputs[0];
  if (!net.used_once(producer) || !is_fusible(net.as<Activation>(id)->act)) return;
  Act* act = open_act(net, producer);
  if (act == nullptr) return;
  *act = net.as<Activation>(id)->act;
  net.absorb(producer, id);
}

// Returns whether `id` can add a residual to its result.
bool takes_residual(Rewriter& net, int id) {
  if (!net.used_once(id)) return false;
  if (const Conv2d* p = net.as<Conv2d>(id)) return !p->residual && p->post == kLinear && p->placing == StoreMode::plain;
  if (const Scale* p = net.as<Scale>(id)) return !p->residual && p->act == kLinear;
  return false;
}

// Turns a pixel shuffle or an upsampling of a convolution's result into the convolution's store mode.
void fuse_store_mode(Rewriter& net, int id, StoreMode placing, int factor) {
  const int producer = net.node(id).inputs[0];
  Conv2d* conv = net.as<Conv2d>(producer);
  if (conv == nullptr || !net.used_once(producer) || conv->placing != StoreMode::plain || conv->residual || conv->groups != 1) return;
  if (placing == StoreMode::shuffle && conv->out_c % (factor * factor * kLanes) != 0) return;
  conv->placing = placing;
  conv->factor = factor;
  net.absorb(producer, id);
}

void fuse_add(Rewriter& net, int id) {
  const std::vector<int> in = net.node(id).inputs;
  if (in[0] == in[1]) return;
  const int later = in[0] > in[1] ? 0 : 1; // the input of this producer is still in the cache
  for (int k : {later, 1 - later}) {
    const int producer = in[std::size_t(k)], other = in[std::size_t(1 - k)];
    if (!takes_residual(net, producer)) continue;
    const Act act = net.as<Add>(id)->act;
    if (Conv2d* p = net.as<Conv2d>(producer)) {
      p->residual = true;
      p->post = act;
    } else {
      Scale* s = net.as<Scale>(producer);
      s->residual = true;
      s->act = act;
    }
    net.absorb(producer, id, {other});
    return;
  }
}

// Checks that variances are positive, since their square root is taken.
void expect_variances(const BatchNorm& norm, const ParamSpec& spec, const float* variances, const WeightStore& store) {
  for (int c = 0; c < norm.c; c++) {
    if (!(variances[c] + norm.eps > 0)) fail("{}: {}[{}]: expected a variance, found {}", store.source(), spec.name, c, variances[c]);
  }
}

} // namespace

Lowered bind(const Graph& graph, const WeightStore& store) {
  Lowered net{graph, {}};
  for (const Node& node : graph.nodes()) {
    NodeWeights w;
    for (const ParamSpec& spec : node.params) w.tensors.push_back(store.get(spec).data);
    if (const BatchNorm* norm = std::get_if<BatchNorm>(&node.op)) expect_variances(*norm, node.params.back(), w.tensors.back(), store);
    net.weights.push_back(std::move(w));
  }
  store.expect_all_used(graph.params());
  return net;
}

Lowered fold(Lowered lowered) {
  Rewriter net(std::move(lowered));
  for (int id = 0; id < net.size(); id++) {
    if (net.as<BatchNorm>(id) != nullptr && !fold_into<Conv2d>(net, id)) fold_into<ConvTranspose2d>(net, id);
  }
  return net.finish();
}

Lowered fuse(Lowered lowered) {
  Rewriter net(std::move(lowered));
  for (int id = 0; id < net.size(); id++) {
    if (net.as<Concat>(id) != nullptr && net.node(id).inputs.size() == 1 && !net.is_output(id)) net.replace(id, net.node(id).inputs[0]);
  }
  for (int id = 0; id < net.size(); id++) {
    if (net.dead(id)) continue;
    if (net.as<Activation>(id) != nullptr)
      fuse_activation(net, id);
    else if (net.as<Add>(id) != nullptr)
      fuse_add(net, id);
    else if (const PixelShuffle* shuffle = net.as<PixelShuffle>(id))
      fuse_store_mode(net, id, StoreMode::shuffle, shuffle->factor);
    else if (const Upsample* upsample = net.as<Upsample>(id))
      fuse_store_mode(net, id, StoreMode::upsample, upsample->factor);
  }
  return net.finish();
}

} // namespace pose
