// Runs a graph on the emulated device and on the CPU, with the same weights and images.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/device_plan.h"

#include <vector>

namespace pose {

constexpr Precision kPrecisions[] = {Precision::fp32, Precision::tf32, Precision::fp16};

// Returns `pictures` random images in [-1, 1] as [n, c, h, w]; the first ones do not depend on the number of images.
std::vector<float> random_pictures(const Graph& graph, int pictures);

// Returns all outputs in turn: dense [n, c, h, w], rows unchanged.
std::vector<float> run_on_device(DevicePlan& plan, Stream& stream, const std::vector<float>& nchw, int pictures);
std::vector<float> run_on_device(const Graph& graph, const DevicePlanOptions& options, int pictures);
std::vector<float> run_on_cpu(const Graph& graph, int pictures, bool fuse = true);

} // namespace pose
