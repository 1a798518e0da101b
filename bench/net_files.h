// Files that bench/nets exchanges with other programs: the network in one file, its input, its outputs (bench/rivals.py).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/zoo.h"

#include <string>
#include <vector>

namespace pose::bench {

// Writes graph and weights to one safetensors file (docs/graph_format.md), whose path names the model.
void save_model(const Model& model, const std::string& path);

// Returns the values of an .npy file of shape [batch, c, h, w]; throws Error for another shape.
std::vector<float> read_input(const std::string& path, const Shape& shape, int batch);

// Returns the outputs for `batch` images by their nodes' names: [n, c, h, w], of heads [n, rows, attributes].
void write_outputs(const Graph& graph, const std::vector<std::vector<float>>& outputs, int batch, const std::string& path);

} // namespace pose::bench
