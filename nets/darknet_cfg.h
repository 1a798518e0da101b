// Darknet cfg files -> Graph (YOLOv3, v4, -tiny, -spp, yolo-fastest, darknet53).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// DESIGN.md, section 2: `alphapose` pads stride-1 max-pooling with zeros, (k - 1) / 2 on each side; `darknet` ignores what lies
// outside.
enum class Flavour { alphapose, darknet };

struct CfgOptions {
  Flavour flavour = Flavour::darknet;
  int inp_dim = 0; // side of the square input; 0: width and height of [net]
};

// Layer N of the file computes node "yolo.N" ("yolo.N.conv", "yolo.N.bn" before its activation); its parameters are
// "yolo.N.weight", .gamma, .beta, .mean, .var or .bias, in file order in params().  Nodes of kind yolo are the outputs, or the
// last layer if there is none.
// Every key is read exactly once; an unknown section or key, a bad value or reference is an Error("file:line: ...").
Graph parse_darknet_cfg(const std::string& path, const CfgOptions& options);
Graph parse_darknet_cfg_text(const std::string& text, const std::string& source, const CfgOptions& options);

} // namespace pose
