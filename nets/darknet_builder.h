// DarknetBuilder: builds the graph of a Darknet cfg file, section by section.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/cfg_file.h"
#include "nets/darknet_cfg.h"

#include <map>
#include <string_view>

namespace pose {

// Throws Error for a section that no network here has; it says why.
void expect_known_section(const CfgSection& s);

// Meanings and defaults of keys are Darknet's (src/parser.c of github.com/AlexeyAB/darknet).
class DarknetBuilder {
public:
  // source: the path of the file, for messages and to find other files.
  DarknetBuilder(const CfgOptions& options, std::string source) : options_(options), source_(std::move(source)) {}

  void net(CfgSection& s);
  void layer(CfgSection& s);
  Graph finish();

private:
  struct Kind {
    std::string_view section, alias;
    int (DarknetBuilder::*build)(CfgSection&);
    const char* training;
  };
  static const Kind kKinds[];
  friend void expect_known_section(const CfgSection& s);
  static const Kind* find_kind(const std::string& section); // null: none

  // darknet_layers.cpp.  Each returns the node of the layer's value.
  int convolutional(CfgSection& s);
  int connected(CfgSection& s);
  int local(CfgSection& s);
  int batchnorm(CfgSection& s);
  int activation(CfgSection& s);
  int maxpool(CfgSection& s);
  int local_avgpool(CfgSection& s);
  int avgpool(CfgSection& s);
  int upsample(CfgSection& s);
  int reorg(CfgSection& s);
  int crop(CfgSection& s);
  int route(CfgSection& s);
  int shortcut(CfgSection& s);
  int sam(CfgSection& s);
  int scale_channels(CfgSection& s);
  int passed_on(CfgSection& s) { return add(s, "", Concat{}, {previous()}); }
  int loss(CfgSection&) { return previous(); } // has no value
  int softmax(CfgSection& s);

  // darknet_heads.cpp
  int yolo(CfgSection& s);
  int gaussian_yolo(CfgSection& s);
  int region(CfgSection& s);
  int detection(CfgSection& s);
  int yolo_head(CfgSection& s, HeadKind kind);
  YoloHead new_head(CfgSection& s, HeadKind kind) const;
  void take_nms(CfgSection& s);
  HeadKind take_tree(CfgSection& s);

  int previous() const { return layers_.empty() ? input_ : layers_.back(); }
  const Shape& input_shape() const { return graph_[previous()].shape; }
  std::string layer_name() const;
  // Adds a node of this layer; its parameters follow from the op.  stored: the order of each role's in a file, where it is not plain
  int add(const CfgSection& s, const std::string& suffix, Op op, std::vector<int> inputs, const std::map<Role, StoredOrder>& stored = {});
  // Adds the activation of a layer's value, which a node without a suffix has.
  int activated(const CfgSection& s, const Act& act, int id) { return act == kLinear ? id : add(s, "", Activation{act}, {id}); }
  int normalized(const CfgSection& s, const Act& act, bool norm, int channels, int id);
  int added(const CfgSection& s, const std::string& suffix, int sum, int from);
  int multiplied(CfgSection& s, int from);
  int blurred(const CfgSection& s, int kind, int stride_w, int stride_h, int id);
  std::vector<int> take_layers(CfgSection& s, const std::string& key) const;
  int take_layer(CfgSection& s, const std::string& key) const;

  const CfgOptions& options_;
  std::string source_;
  Graph graph_;
  int input_ = -1;
  std::vector<int> layers_;     // node of each layer
  std::int64_t parameters_ = 0; // of all layers
};

} // namespace pose
