// The GPU engine.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

namespace pose {

// Returns the engine for run.gpu, which must not be null.  The engine throws DeviceError for errors of the device.
std::unique_ptr<Engine> make_device_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

} // namespace pose
