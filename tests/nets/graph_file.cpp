// Tests graphs as JSON: every op survives a round trip, and every error in a file is found.
// SPDX-License-Identifier: MIT
#include "nets/graph_file.h"

#include "nets/op_fields.h"
#include "tensor/error.h"
#include "tests/error_of.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <random>
#include <set>

using namespace pose;
using nlohmann::ordered_json;
using pose::testing::error_of;

namespace {

template <class P> P window(P op, int kernel, int stride, int pad) {
  op.kernel_h = kernel;
  op.kernel_w = kernel + 1;
  op.stride_h = stride;
  op.stride_w = stride + 1;
  op.pad_top = pad;
  op.pad_left = pad + 1;
  op.pad_bottom = pad + 2;
  op.pad_right = pad + 3;
  return op;
}

// Every op; every field has a value other than its default where the shapes allow it.
Graph every_op() {
  Graph g;
  g.title = "every op";
  const int x = g.input("x", 13, 11, 8);
  Conv2d conv = window(Conv2d{}, 3, 1, 1);
  conv.in_c = 8;
  conv.out_c = 12;
  conv.groups = 4;
  conv.bias = true;
  conv.act = {ActKind::leaky, 0.25f};
  const int a = g.add("a", conv, {x}, {{"a.weight", {12, 2, 3, 4}}, {"a.bias", {12}, Role::bias}});
  conv.residual = true;
  conv.post = {ActKind::mish, 0.5f};
  g.add("a2", conv, {x, a}, {{"a2.weight", {12, 2, 3, 4}}, {"a.bias", {12}, Role::bias}});
  ConvTranspose2d up = window(ConvTranspose2d{}, 4, 2, 0);
  up.in_c = 8;
  up.out_c = 6;
  up.groups = 2;
  up.output_pad_h = 1;
  up.output_pad_w = 1;
  up.bias = true;
  up.act = {ActKind::relu6};
  g.add("up", up, {x}, {{"up.weight", {8, 3, 4, 5}}, {"up.bias", {6}, Role::bias}});
  g.add("norm", BatchNorm{8, 1e-3f, {ActKind::swish}}, {x},
        {{"norm.g", {8}, Role::gamma}, {"norm.b", {8}, Role::beta}, {"norm.m", {8}, Role::mean}, {"norm.v", {8}, Role::var}});
  const int mapped = g.add("act", Activation{{ActKind::logistic}}, {x});
  MaxPool max = window(MaxPool{}, 5, 1, 0);
  max.outside = Outside::zero;
  g.add("max", max, {x});
  AvgPool avg = window(AvgPool{}, 5, 1, 0);
  avg.count_outside = true;
  g.add("avg", avg, {x});
  const int mean = g.add("mean", AvgPool{true}, {x});
  g.add("twice", Upsample{3}, {x});
  g.add("cat", Concat{}, {x, x, mapped});
  g.add("part", Slice{3, 4}, {x});
  g.add("sum", Add{{ActKind::relu}}, {x, x});
  g.add("scaled", Scale{true, {ActKind::leaky, 0.01f}}, {x, mean, x});
  g.add("shuffled", PixelShuffle{2}, {x});
  g.add("moved", Rearrange{Rearranging::crop, 1, 1, 0, 2, 3, 2, -1}, {x});
  const int soft = g.add("soft", Softmax{}, {x});
  YoloHead yolo;
  yolo.anchors = 2;
  yolo.classes = 1;
  for (int i = 0; i < 2; i++) {
    yolo.anchor_w[i] = 10.5f + float(i);
    yolo.anchor_h[i] = 20.1f + float(i);
  }
  yolo.scale_x_y = 1.05f;
  yolo.net_w = 352;
  yolo.net_h = 416;
  g.add("head", yolo, {a});
  g.add("product", Binary{BinaryKind::prelu}, {x, mean});
  const int fixed = g.add("fixed", Constant{8, 1, 3}, {}, {{"fixed.value", {8, 1, 3}, Role::beta}});
  g.add("layer", LayerNorm{8, 1e-6f}, {x}, {{"layer.g", {8}, Role::gamma}, {"layer.b", {8}, Role::beta}});
  g.add("turned", Permute{2, {2, 4}, {1, 0}, 4, 1, 2}, {mean});
  g.add("matrices", Matmul{}, {fixed, g.add("matrix", Constant{5, 1, 8}, {}, {{"matrix.value", {5, 1, 8}, Role::beta}})});
  g.add("resized", Resize{ResizeKind::linear, 7, 9, 0.5f, -0.25f, 0.75f, 0.125f}, {x});
  g.add("keypoints", SimccHead{192, 256}, {fixed, fixed});
  g.outputs = {a, soft};
  g.pose = PoseInput{{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, 11};
  return g;
}

std::string error_in(const std::string& text) {
  return error_of([&] { parse_graph_json(text, "F"); });
}

// Calls f(object, where) for every object of the document, which f may change and must restore.  `where` is what an error must name.
void for_each_object(ordered_json& value, const std::string& where, const std::function<void(ordered_json&, const std::string&)>& f) {
  if (value.is_object()) f(value, value.contains("name") ? value["name"].get<std::string>() : where);
  if (!value.is_structured()) return;
  const std::string inner = value.is_object() && value.contains("name") ? value["name"].get<std::string>() : where;
  for (auto& item : value.items()) for_each_object(item.value(), inner, f);
}

void expect_error(const ordered_json& document, const std::string& where, const std::string& field, const std::string& what) {
  const std::string error = error_in(document.dump());
  CAPTURE(what);
  CAPTURE(error);
  CHECK(error.starts_with("F: "));
  CHECK(error.find(field) != error.npos);
  CHECK(error.find(where) != error.npos);
  CHECK(error.find('\n') == error.npos);
}

// Converts to anything: P{AnyValue, AnyValue, ...} compiles for as many as P has members.
struct AnyValue {
  template <class T> operator T() const;
};

template <class P, class... Values> constexpr int member_count() {
  if constexpr (requires { P{Values{}..., AnyValue{}}; }) {
    return member_count<P, Values..., AnyValue>();
  } else {
    return int(sizeof...(Values));
  }
}

template <class P, class M> int members_of(const Field<P, M>&) {
  return 1;
}
template <class P, class T, int N> int members_of(const ListField<P, T, N>&) {
  return N; // brace elision: each element is initialized separately
}

// Members that only fuse() sets; no file has them.
template <class P> constexpr int kFusedMembers = 0;
template <> constexpr int kFusedMembers<Conv2d> = 2; // `placing`, `factor`

template <class P> void check_fields_complete() {
  int listed = kFusedMembers<P>;
  for_each_field<P>([&](const auto& f) { listed += members_of(f); });
  CAPTURE(op_name<P>);
  CHECK(listed == member_count<P>());
}

template <std::size_t... I> void check_all_fields_complete(std::index_sequence<I...>) {
  (check_fields_complete<std::variant_alternative_t<I, Op>>(), ...);
}

} // namespace

TEST_CASE("every member of every op is a field") {
  check_all_fields_complete(std::make_index_sequence<std::variant_size_v<Op>>());
  CHECK(std::string(name_of(ActKind(enum_count<ActKind> - 1))) == "sqrt");
}

TEST_CASE("every op survives the round trip through JSON") {
  const Graph g = every_op();
  std::set<std::size_t> seen;
  for (const Node& node : g.nodes()) seen.insert(node.op.index());
  CHECK(seen.size() == std::variant_size_v<Op>);

  const std::string text = to_json(g);
  const Graph back = parse_graph_json(text, "F");
  CHECK(to_json(back) == text);
  CHECK(back.outputs == g.outputs);
  CHECK(back.title == g.title);
  CHECK(back.pose->std == g.pose->std);
  for (int id = 0; id < g.size(); id++) {
    CAPTURE(g[id].name);
    CHECK(back[id].shape == g[id].shape);
    CHECK(back[id].inputs == g[id].inputs);
    REQUIRE(back[id].params.size() == g[id].params.size());
    for (std::size_t i = 0; i < g[id].params.size(); i++) {
      CHECK(back[id].params[i].name == g[id].params[i].name);
      CHECK(back[id].params[i].shape == g[id].params[i].shape);
      CHECK(back[id].params[i].role == g[id].params[i].role);
    }
  }
  const Conv2d conv = std::get<Conv2d>(back[back.find("a2")].op);
  CHECK(conv.post == Act{ActKind::mish, 0.5f});
  CHECK(conv.pad_right == 4);
  CHECK(std::get<YoloHead>(back[back.find("head")].op).anchor_h[1] == 21.1f);
}

TEST_CASE("a pose network may name its keypoints, its crop and its decoding") {
  Graph g = every_op();
  g.pose = PoseInput{{}, {1, 1, 1}, 2, {"two", {"a", "b"}, {{0, 1}}, {{1, 0}}, {0.5f, 0.25f}}, PoseCrop::centered, PoseDecode::mixed};
  const PoseInput pose = *parse_graph_json(to_json(g), "F").pose;
  CHECK((pose.joints == 2 && pose.keypoints == g.pose->keypoints && pose.crop == PoseCrop::centered && pose.decode == PoseDecode::mixed));
  CHECK(to_json(parse_graph_json(to_json(g), "F")) == to_json(g));

  const ordered_json good = ordered_json::parse(to_json(g));
  const auto error_with = [&](const char* pointer, const ordered_json& value) {
    ordered_json bad = good;
    bad[ordered_json::json_pointer(pointer)] = value;
    return error_in(bad.dump());
  };
  CHECK(error_with("/pose/keypoints", "halpe26").empty()); // the name is looked up where the network is used
  CHECK(error_with("/pose/decode", "simcc").empty());
  CHECK(error_with("/pose/joints", 3) == "F: pose: keypoints: names: expected 3 elements, as `joints` says, found 2");
  CHECK(error_with("/pose/crop", "round") == "F: pose: crop: expected one of box, centered, aligned, found \"round\"");
  CHECK(error_with("/pose/decode", 1) == "F: pose: decode: expected one of peaks, maxima, integral, mixed, simcc, landmarks, found 1");
  CHECK(error_with("/pose/keypoints", 1) == "F: pose: keypoints: expected an object, found 1");
  CHECK(error_with("/pose/keypoints/pairs/0", {1}) == "F: pose: keypoints: pairs[0]: expected a list of 2, found [1]");
  CHECK(error_with("/pose/keypoints/limbs/0/1", -1).find("F: pose: keypoints: limbs[0][1]: expected an integer") == 0);
  CHECK(error_with("/pose/keypoints/sigmas", "a") == "F: pose: keypoints: sigmas: expected a list of numbers, found \"a\"");
  CHECK(error_with("/pose/keypoints/color", "a") == "F: pose: keypoints: expected no other field, found \"color\"");
  CHECK(error_with("/pose/more", 1) == "F: pose: expected no other field, found \"more\"");
}

TEST_CASE("a graph without pose, white space and another order of fields are accepted") {
  const Graph g = parse_graph_json(R"({ "pose": null, "outputs": ["x"], "title": "", "format": 1, "nodes": [
      {"shape": {"c": 3, "w": 5, "h": 4, "n": 1}, "op": "input", "params": [], "inputs": [], "name": "x"} ]})",
                                   "F");
  CHECK(g[0].shape == Shape{1, 4, 5, 3});
  CHECK_FALSE(g.pose.has_value());
}

TEST_CASE("a missing, unknown or mistyped field is an error that names node and field") {
  ordered_json document = ordered_json::parse(to_json(every_op()));
  int fields = 0;
  for_each_object(document, "", [&](ordered_json& object, const std::string& where) {
    const ordered_json good = object;
    object["surplus"] = 1;
    expect_error(document, where, "surplus", "unknown field");
    for (const auto& item : good.items()) {
      const std::string name = item.key(), node = name == "name" ? "" : where;
      object = good;
      object.erase(name);
      expect_error(document, node, name, "missing field");
      for (const ordered_json& wrong :
           {ordered_json{{"x", 1}}, ordered_json("no\nsuch"), ordered_json(-1.5e39), ordered_json(std::vector<int>(40))}) {
        object = good;
        object[name] = wrong;
        expect_error(document, node, name, wrong.dump());
      }
      fields++;
    }
    object = good;
  });
  CHECK(fields > 150);
}

TEST_CASE("numbers out of range, broken references and values at wrong places are errors") {
  const ordered_json good = ordered_json::parse(to_json(every_op()));
  const auto error_with = [&](const char* pointer, const ordered_json& value) {
    ordered_json bad = good;
    bad[ordered_json::json_pointer(pointer)] = value;
    return error_in(bad.dump());
  };
  for (const ordered_json& wrong :
       {ordered_json(-1), ordered_json(65537), ordered_json(18446744073709551615ull), ordered_json(1.5), ordered_json(true)})
    CHECK(error_with("/nodes/1/kernel_h", wrong) == "F: node a: kernel_h: expected an integer, 0 to 65536, found " + wrong.dump());
  CHECK(error_with("/nodes/1/act/kind", "prelu")
            .starts_with("F: node a: act: kind: expected one of linear, leaky, relu, relu6, logistic, mish, swish, "));
  CHECK(error_with("/nodes/1/act/kind", "elu").find("act: expected one of the first 7") != std::string::npos);
  CHECK(error_with("/nodes/1/op", "conv3d") == "F: node a: op: expected the name of an op, found \"conv3d\"");
  CHECK(error_with("/nodes/1/inputs/0", "a2") == "F: node a: inputs: expected the name of a node above, found \"a2\"");
  CHECK(error_with("/nodes/1/inputs", ordered_json::array()) == "F: node a: expected 1 input(s), found 0");
  CHECK(error_with("/nodes/2/name", "a").find("node a: ") != std::string::npos);
  CHECK(error_with("/nodes/1/params", {"a.weight"}).find("F: node a: params: expected a list of 2") == 0);
  CHECK(error_with("/nodes/1/groups", 3).find("F: node a: groups: ") == 0);
  CHECK(error_with("/nodes/1/groups", 0).find("F: node a: groups: ") == 0);
  CHECK(error_with("/nodes/1/in_c", 16).find("F: node a: ") == 0);
  CHECK(error_with("/nodes/0/shape/n", 2) == "F: node x: shape: n: expected 1, found 2");
  CHECK(error_with("/nodes/1", good["nodes"][0]).find("expected one input, as the first node") != std::string::npos);
  CHECK(error_with("/nodes/17/anchors", 17).find("F: node head: anchor_w: expected at most 16 elements") == 0);
  CHECK(error_with("/nodes/17/anchors", 1).find("F: node head: anchor_w: expected a list of 1") == 0);
  CHECK(error_with("/outputs", ordered_json::array()) == "F: outputs: expected at least one name, found none");
  CHECK(error_with("/outputs/0", "nobody").find("F: outputs: ") == 0);
  CHECK(error_with("/pose/joints", 13).find("F: pose: joints: expected 1 to 12") == 0);
  CHECK(error_with("/pose/std/1", 0).find("F: pose: std: ") == 0);
  CHECK(error_with("/format", 2) == "F: format: expected 1, found 2");
  CHECK(error_with("/nodes", ordered_json::array()).find("F: nodes: ") == 0);
  CHECK(error_with("/nodes/3/name", std::string(600, 'n')).find("at most 512 bytes") != std::string::npos);
}

TEST_CASE("sizes whose product overflows are errors") {
  ordered_json bad = ordered_json::parse(to_json(every_op()));
  for (const char* side : {"in_c", "out_c", "kernel_h", "kernel_w"}) bad["nodes"][1][side] = 65536;
  bad["nodes"][1]["groups"] = 1;
  CHECK(error_in(bad.dump()).find("F: node a: ") == 0);
}

TEST_CASE("duplicate fields are refused; depth and size are limited") {
  CHECK(error_in(R"({"format": 1, "format": 1})") == "F: expected each field once, found \"format\" twice");
  CHECK(error_in(std::string(1 << 20, '[')).find("levels of nesting") != std::string::npos);
  CHECK(error_in(std::string(5 << 20, ' ')).find("bytes") != std::string::npos);
  CHECK(error_in("{\"format\": 1e999}") != "");
  CHECK(error_in("[]").find("expected an object") != std::string::npos);
  CHECK(error_in(std::string("[]\0", 3)) == "F: expected JSON, found a zero byte");
}

TEST_CASE("truncated and damaged texts give Errors only") {
  const std::string good = to_json(every_op());
  for (std::size_t n = 0; n < good.size(); n += 7) CHECK(error_in(good.substr(0, n)) != "");
  std::mt19937 random(1);
  for (int round = 0; round < 2000; round++) {
    std::string bad = good;
    for (int k = 0; k < 3; k++) bad[random() % bad.size()] = char(random() % 256);
    const std::string error = error_in(bad); // may still be a graph; an exception other than Error escapes and fails the test
    CHECK(error.find('\n') == error.npos);
  }
}
