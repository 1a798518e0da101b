// Generated weights: the deterministic ones of docs/spec.md section 15, bit-exact with its Python twin, and random ones for benchmarks.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/store.h"

namespace pose {

std::uint64_t fnv1a64(const std::string& text);
// Element i of the stream of (name, seed).
std::uint64_t synthetic_bits(const std::string& name, std::uint64_t seed, std::uint64_t i);

// `bn_path`: raw float32, for each batch norm in the order of `specs` mean[c], var[c]; its length is checked.
// A parameter's stream is that of its name.  Convolutions with a bias of their own are YOLO's heads.
WeightStore synthetic_yolo(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path);
// "conv_out.weight" and "conv_out.bias" are the heat-map layer; every other bias is a squeeze-and-excite's.
WeightStore synthetic_pose(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path);

// Fan-in scaled weights, batch norm near identity: activations stay of order 1 in any depth, residual nets included.
WeightStore random_weights(const std::vector<ParamSpec>& specs, std::uint64_t seed);

} // namespace pose
