// The engine of a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/engine.h"

namespace pose::apps {

// run.gpu is set.  Errors of the device are Exit(kDevice).
std::unique_ptr<Engine> make_device_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

} // namespace pose::apps
