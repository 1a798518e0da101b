// Conversion of Darknet cfg files to a Graph: detectors (YOLOv1 to v7) and classifiers.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"

namespace pose {

// Border of stride-1 max-pooling (docs/spec.md, section 16).  `alphapose` pads with zeros, (k - 1) / 2 on each side.  `darknet` ignores pixels
// outside.
enum class Flavor { alphapose, darknet };

struct CfgOptions {
  Flavor flavor = Flavor::darknet;
  int inp_dim = 0; // side of the square input; 0: width and height of [net]
};

// Parses a cfg file.
// Layer N of the file computes node "yolo.N", also when it only passes a value on (route, dropout: a concat of one).  When a layer takes several ops,
// the last one has that name: "yolo.N.conv" and "yolo.N.bn" come before the activation "yolo.N".  Its parameters are "yolo.N.weight", .gamma, .beta,
// .mean, .var or .bias.  Nodes of kind yolo are the outputs; without any, the last layer is the output.
// Layers that only compute a loss (cost, contrastive) have no node.  An unknown section or key, or a bad value or reference, is an Error("file:line:
// ...").  Keys that only training reads are known and skipped.
Graph parse_darknet_cfg(const std::string& path, const CfgOptions& options);
Graph parse_darknet_cfg_text(const std::string& text, const std::string& source, const CfgOptions& options);

// Returns the parameters in the order of a .weights file: layer by layer beta, gamma, mean, var, weight, or bias, weight; of a
// connected layer with a batch norm beta, weight, gamma, mean, var.
std::vector<ParamSpec> darknet_file_order(const Graph& graph);

} // namespace pose
