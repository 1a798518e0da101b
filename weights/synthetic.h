// Generated weights: deterministic ones (docs/spec.md section 15, bit-exact with their Python counterpart), and random ones for benchmarks.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/store.h"

namespace pose {

std::uint64_t fnv1a64(const std::string& text);
// Returns element i of the stream of (name, seed).
std::uint64_t synthetic_bits(const std::string& name, std::uint64_t seed, std::uint64_t i);

// Generates weights of a YOLO network.  `bn_path` is raw float32: mean[c], var[c] for each batch norm in the order of `specs`; its length is checked.
// A parameter's name selects its stream.  Convolutions with a bias are the YOLO heads.
WeightStore synthetic_yolo(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path);
// Generates weights of a pose network. "conv_out.weight" and "conv_out.bias" are the heatmap layer; every other bias belongs to a squeeze-and-excite.
WeightStore synthetic_pose(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path);

// Generates fan-in scaled weights with batch norm near identity.  Activations stay of order 1 at any depth, residual networks included.
WeightStore random_weights(const std::vector<ParamSpec>& specs, std::uint64_t seed);

} // namespace pose
