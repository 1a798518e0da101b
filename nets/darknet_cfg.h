// Darknet cfg files -> Graph (YOLOv3, v4, -tiny, -spp, yolo-fastest, darknet53).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// docs/spec.md, section 16: `alphapose` pads stride-1 max-pooling with zeros, (k - 1) / 2 on each side; `darknet` ignores what lies
// outside.
enum class Flavour { alphapose, darknet };

struct CfgOptions {
  Flavour flavour = Flavour::darknet;
  int inp_dim = 0; // side of the square input; 0: width and height of [net]
};

// Layer N of the file computes node "yolo.N", also where it only passes a value on (route, dropout: a concat of one).  Where a layer
// takes several ops, the last one has that name: "yolo.N.conv" and "yolo.N.bn" come before the activation "yolo.N".
// Its parameters are "yolo.N.weight", .gamma, .beta, .mean, .var or .bias.  Nodes of kind yolo are the outputs, or the last layer
// if there is none.
// Every key is read exactly once; an unknown section or key, a bad value or reference is an Error("file:line: ...").  Keys that
// only training reads are known and skipped.
Graph parse_darknet_cfg(const std::string& path, const CfgOptions& options);
Graph parse_darknet_cfg_text(const std::string& text, const std::string& source, const CfgOptions& options);

// The parameters in the order of a .weights file: layer by layer beta, gamma, mean, var, weight, or bias, weight.
std::vector<ParamSpec> darknet_file_order(const Graph& graph);

} // namespace pose
