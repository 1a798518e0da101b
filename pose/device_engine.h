// The engine of a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

namespace pose {

// run.gpu is set.  Errors of the device are DeviceError.
std::unique_ptr<Engine> make_device_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

} // namespace pose
