// Tests models by name and by path, from generated files; the folders that are searched, and the message for a missing model.
// SPDX-License-Identifier: MIT
#include "nets/zoo.h"

#include "nets/class_names.h"
#include "nets/darknet_cfg.h"
#include "nets/fastpose.h"
#include "nets/graph_file.h"
#include "nets/plan.h"
#include "tests/error_of.h"
#include "tests/temp_dir.h"
#include "weights/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>

using namespace pose;
using namespace pose::testing;

namespace {

const std::string kCfg = "[net]\nwidth=32\nheight=32\nchannels=3\n[maxpool]\nsize=3\nstride=1\n"
                         "[convolutional]\nbatch_normalize=1\nfilters=2\nactivation=relu\n";

// A .weights file with values 1, 2, 3, ...
std::string weights_for(const std::vector<ParamSpec>& specs) {
  const std::int32_t header[] = {0, 2, 0, 0, 0};
  std::string bytes(reinterpret_cast<const char*>(header), sizeof header);
  float value = 0;
  for (const ParamSpec& spec : specs) {
    for (std::int64_t i = 0; i < spec.count(); i++) {
      value++;
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  return bytes;
}

std::string small_weights() {
  return weights_for(darknet_file_order(parse_darknet_cfg_text(kCfg, "x.cfg", {})));
}

void write_safetensors(const std::string& path, const Graph& graph, const std::map<std::string, std::string>& metadata) {
  SafetensorsWriter writer(path, graph.params(), metadata);
  for (const ParamSpec& spec : graph.params()) writer.write(std::vector<float>(std::size_t(spec.count()), 0.5f));
  writer.finish();
}

ModelOptions in(const std::string& dir) {
  ModelOptions options;
  options.models_dir = dir;
  return options;
}

// Sets an environment variable during a test.
class Environment {
public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() { old_.empty() ? unsetenv(name_) : setenv(name_, old_.c_str(), 1); }

private:
  const char* name_;
  std::string old_;
};

} // namespace

TEST_CASE("every name has a graph or an error that gives the missing file") {
  const TempDir empty;
  for (const std::string& name : model_names()) {
    CAPTURE(name);
    int nodes = 0;
    const std::string error = error_of([&] { nodes = load_graph(name, in(empty.path().string())).size(); });
    if (nodes == 0) CHECK(contains(error, "get it with scripts/fetch_models " + name));
  }
}

TEST_CASE("a cfg and the weights next to it are loaded") {
  const TempDir dir;
  write_bytes(dir / "net.cfg", kCfg);
  write_bytes(dir / "net.weights", small_weights());
  for (const char* file : {"net.cfg", "net.weights"}) {
    const Model model = load_model(dir / file, {});
    CHECK(model.graph.title == "net");
    REQUIRE(model.weights != nullptr);
    const Param& beta = model.weights->params().at("yolo.1.beta"); // the first tensor of the file
    CHECK(beta.data[0] == 1);
    CHECK(beta.data[1] == 2);
    const Param& weight = model.weights->params().at("yolo.1.weight");
    CHECK(weight.data[0] == 9);
    CHECK(std::get<MaxPool>(model.graph[model.graph.find("yolo.0")].op).outside == Outside::ignore);
  }
  ModelOptions options;
  options.inp_dim = 64;
  CHECK(load_graph(dir / "net.cfg", options)[0].shape == Shape{1, 64, 64, 3});

  write_bytes(dir / "net.weights", small_weights() + "x");
  CHECK(contains(error_of([&] { load_model(dir / "net.cfg", {}); }), "net.weights"));
  std::filesystem::remove(dir / "net.weights");
  CHECK(contains(error_of([&] { load_model(dir / "net.cfg", {}); }), "net.weights"));
  CHECK(contains(error_of([&] { load_model(dir / "other.weights", {}); }), "other.cfg"));
}

TEST_CASE("weights of a known name are searched in --models first, then in $POSE_MODELS; their cfg is not needed") {
  const TempDir first, second;
  const std::string bytes = weights_for(darknet_file_order(load_graph("yolo-fastest-xl", {})));
  write_bytes(second / "yolo-fastest-1.1-xl.weights", bytes); // the author's file name
  const Environment models("POSE_MODELS", second.path().string());
  CHECK(load_model("yolo-fastest-xl", in(first.path().string())).weights->source() == second / "yolo-fastest-1.1-xl.weights");
  write_bytes(first / "yolo-fastest-xl.weights", bytes);
  CHECK(load_model("yolo-fastest-xl", in(first.path().string())).weights->source() == first / "yolo-fastest-xl.weights");
  CHECK(load_model(first / "yolo-fastest-xl.weights", {}).graph.title == "yolo-fastest-xl");
}

TEST_CASE("the default pose net is fastpose where its weights exist, else the one that the project includes") {
  const TempDir dir;
  const Environment models("POSE_MODELS", ""), home("HOME", dir.path().string());
  if (default_pose_net({}) == "pose-nano") CHECK(default_pose_net(in(dir.path().string())) == "pose-nano");
  write_bytes(dir / "fastpose.safetensors", "");
  CHECK(default_pose_net(in(dir.path().string())) == "fastpose");
}

TEST_CASE("the default detector is the first in the order of preference whose weights are found") {
  const std::vector<std::string> order = {"yolov3-spp", "yolov3", "yolov4", "yolov4-tiny", "yolo-fastest-xl", "yolov3-tiny"};
  CHECK(detector_names() == order);
  const TempDir dir, empty;
  const Environment models("POSE_MODELS", ""), home("HOME", empty.path().string());
  std::size_t elsewhere = order.size(); // the project's models/ may hold some
  const std::string none = error_of([&] { elsewhere = std::size_t(std::find(order.begin(), order.end(), default_detector({})) - order.begin()); });
  if (elsewhere == order.size()) {
    CHECK(
        contains(none, "detector: expected the weights of one of yolov3-spp, yolov3, yolov4, yolov4-tiny, yolo-fastest-xl, yolov3-tiny in one of "));
    CHECK(contains(none, "found none; get a small one with scripts/fetch_models yolo-fastest-xl"));
    CHECK(none.find('\n') == none.npos);
    CHECK_THROWS_AS(default_detector({}), ModelError);
  }
  for (std::size_t i = order.size(); i-- > 0;) {
    write_bytes(dir / (order[i] + ".weights"), "");
    CHECK(default_detector(in(dir.path().string())) == order[std::min(i, elsewhere)]);
  }
}

TEST_CASE("a detector's defaults: AlphaPose's and Darknet's unless its scores need others") {
  CHECK(default_confidence("yolov3-spp") == 0.05f);
  CHECK(default_confidence("yolov3") == 0.05f);
  CHECK(default_confidence("yolov4-tiny") == 0.2f);
  CHECK(default_confidence("yolo-fastest-xl") == 0.4f);
  CHECK(default_confidence("yolov3-tiny") == 0.2f);
  for (const char* other : {"", "pose-nano", "yolov3-tiny.cfg", "models/yolov3-tiny.weights", "yolov3-tiny@random"})
    CHECK(default_confidence(other) == 0.05f);
  for (const std::string& name : detector_names()) {
    const bool fastest = name == "yolo-fastest-xl";
    CHECK(detector_defaults(name).threshold == (fastest ? 0.4f : 0.25f));
    CHECK(detector_defaults(name).inp_dim == (fastest ? 608 : 0));
  }
}

TEST_CASE("pose-nano is part of the project; one in --models has precedence") {
  const TempDir dir;
  const Model own = load_model("pose-nano", {});
  CHECK(own.graph.title == "pose-nano");
  REQUIRE(own.graph.pose.has_value());
  std::filesystem::copy_file(own.weights->source(), dir / "pose-nano.safetensors");
  CHECK(load_model("pose-nano", in(dir.path().string())).weights->source() == dir / "pose-nano.safetensors");
}

TEST_CASE("weights can be named, and a folder may hold more cfg files") {
  const TempDir dir;
  write_bytes(dir / "net.cfg", kCfg);
  write_bytes(dir / "other.bin", small_weights());
  ModelOptions options;
  options.weights = dir / "other.bin";
  CHECK(load_model(dir / "net.cfg", options).weights->source() == dir / "other.bin");
  CHECK(contains(error_of([&] { load_model(dir / "net.weights", options); }), "other.bin"));
  CHECK(contains(error_of([&] { load_model("yolov3-tiny@random", options); }), "other.bin"));
  CHECK(contains(error_of([&] { load_model("fastpose", options); }), "other.bin")); // no safetensors file

  std::filesystem::create_directory(dir / "cfg");
  std::filesystem::rename(dir / "net.cfg", dir / "cfg/net.cfg");
  write_bytes(dir / "net.weights", small_weights());
  CHECK_THROWS_AS(load_model(dir / "net.weights", {}), Error);
  options = {};
  options.data_dir = dir.path().string();
  CHECK(load_model(dir / "net.weights", options).graph.title == "net");
}

TEST_CASE("only yolov3-spp has AlphaPose's max-pooling") {
  const TempDir dir;
  write_bytes(dir / "yolov3-spp.cfg", kCfg);
  write_bytes(dir / "yolov4.cfg", kCfg);
  const auto outside = [&](const std::string& name) {
    const Graph g = load_graph(name, {});
    return std::get<MaxPool>(g[g.find("yolo.0")].op).outside;
  };
  CHECK(outside(dir / "yolov3-spp.cfg") == Outside::zero);
  CHECK(outside(dir / "yolov4.cfg") == Outside::ignore);
}

TEST_CASE("weights that change before they are packed are an error") {
  const TempDir dir;
  Graph net;
  const auto param = [](const char* name, Role role) { return ParamSpec{name, {2000}, role}; };
  net.outputs = {net.add("scaled", BatchNorm{2000, 1e-5f, kRelu}, {net.input("input", 1, 1, 2000)},
                         {param("g", Role::gamma), param("b", Role::beta), param("m", Role::mean), param("v", Role::var)})};
  for (const auto& change :
       {+[](const std::string& path) { std::filesystem::resize_file(path, 500); },
        +[](const std::string& path) { std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now()); }}) {
    write_safetensors(dir / "x.safetensors", net, {{"graph", to_json(net)}});
    std::filesystem::last_write_time(dir / "x.safetensors", std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    const Model model = load_model(dir / "x.safetensors", {});
    CHECK(model.files == std::vector<std::string>{dir / "x.safetensors"});
    Plan(model.graph, *model.weights, {});
    change(dir / "x.safetensors");
    CHECK_THROWS_WITH_AS(Plan(model.graph, *model.weights, {}), doctest::Contains("x.safetensors: expected"), Error);
  }
}

TEST_CASE("safetensors: a graph in the metadata, or FastPose's tensors") {
  const TempDir dir;
  Graph small;
  small.outputs = {small.add("scaled", BatchNorm{3, 1e-5f, kRelu}, {small.input("input", 4, 4, 3)},
                             {{"g", {3}, Role::gamma}, {"b", {3}, Role::beta}, {"m", {3}, Role::mean}, {"v", {3}, Role::var}})};
  write_safetensors(dir / "own.safetensors", small, {{"graph", to_json(small)}});
  CHECK(load_model(dir / "own.safetensors", {}).graph.find("scaled") == 1);
  std::filesystem::copy_file(dir / "own.safetensors", dir / "simplepose.safetensors");
  CHECK(load_model("simplepose", in(dir.path().string())).weights->source() == dir / "simplepose.safetensors");
  CHECK(load_model("simplepose@random", in(dir.path().string())).weights->params().count("g") == 1);

  write_safetensors(dir / "bare.safetensors", small, {});
  CHECK(contains(error_of([&] { load_model(dir / "bare.safetensors", {}); }),
                 "expected a graph in the metadata, or the tensors of FastPose, found no preact.conv1.weight"));
  FastPoseOptions options;
  options.width = 2;
  options.heatmaps = 17;
  for (const PoseHead head : {PoseHead::duc, PoseHead::stages, PoseHead::deconv}) {
    options.head = head;
    options.last = 12;
    options.convs = {1, 3, 2};
    options.deconvs = {5, 4, 6};
    for (int depth : {50, 101, 152}) {
      options.depth = depth;
      options.squeeze = depth != 50;
      options.unshuffle = depth == 152;
      const Graph want = fastpose(options);
      write_safetensors(dir / "duc_se.safetensors", want, {});
      const Model model = load_model("fastpose", in(dir.path().string()));
      CHECK(model.graph.size() == want.size());
      CHECK_NOTHROW(model.weights->expect_all_used(model.graph.params()));
      for (const ParamSpec& spec : model.graph.params()) CHECK_NOTHROW(model.weights->get(spec));
    }
  }
}

TEST_CASE("safetensors: the converter's size and keypoints of FastPose") {
  const TempDir dir;
  FastPoseOptions options;
  options.depth = 50;
  options.width = 2;
  options.heatmaps = 26;
  const auto load = [&](const std::string& input, const std::string& pose) {
    write_safetensors(dir / "x.safetensors", fastpose(options), {{"input", input}, {"pose", pose}});
    return load_model(dir / "x.safetensors", {}).graph;
  };
  const std::string pose = R"({"mean":[0,0,0],"std":[1,1,1],"joints":26,"keypoints":"halpe26","crop":"centered","decode":"integral"})";
  const Graph graph = load("64x96", pose);
  CHECK(graph[0].shape == Shape{1, 64, 96, 3});
  CHECK((graph.pose->joints == 26 && graph.pose->keypoints.set == "halpe26"));
  CHECK((graph.pose->crop == PoseCrop::centered && graph.pose->decode == PoseDecode::integral));
  for (const char* bad : {"", "64", "64x", "x64", "64x96x3", "64x96 ", "-64x96", "64X96", "99999999999x64"})
    CHECK_MESSAGE(contains(error_of([&] { load(bad, pose); }), "input: expected"), bad);
  CHECK(contains(error_of([&] { load("65x64", pose); }), "multiples of 32"));
  CHECK(contains(error_of([&] { load("64x64", "{"); }), "x.safetensors: pose: "));
  CHECK(contains(error_of([&] { load("64x64", R"({"mean":[0,0,0],"std":[1,1,1],"joints":27})"); }), "pose: joints: expected 1 to 26"));
}

TEST_CASE("@random, @random:N and @seed:N generate weights") {
  const TempDir dir;
  const Model random = load_model("yolov3-tiny@random", {});
  CHECK(random.weights->params().size() == random.graph.params().size());
  const auto first = [](const Model& m) { return m.weights->params().begin()->second.data[0]; };
  CHECK(first(load_model("yolov3-tiny@random:0", {})) == first(random));
  CHECK(first(load_model("yolov3-tiny@random:1", {})) != first(random));
  CHECK(contains(error_of([&] { load_model("yolov3-tiny@random:one", {}); }), "expected a number after random:"));
  write_bytes(dir / "n@t.cfg", kCfg);
  CHECK(load_model(dir / "n@t.cfg@random", {}).weights->params().size() == 5);
  CHECK(contains(error_of([&] { load_model(dir / "n@t.cfg@seed:0", {}); }), "only yolov3-spp and fastpose have synthetic weights"));

  write_bytes(dir / "yolov3-spp.cfg", kCfg);
  std::string statistics(4 * sizeof(float), '\0');
  const float values[] = {1, 2, 3, 4};
  std::memcpy(statistics.data(), values, sizeof values);
  write_bytes(dir / "bn_yolo_seed7.bin", statistics);
  const Model seeded = load_model(dir / "yolov3-spp.cfg@seed:7", in(dir.path().string()));
  CHECK(seeded.weights->params().at("yolo.1.var").data[1] == 4);
  ModelOptions named;
  named.bn_path = dir / "bn_yolo_seed7.bin";
  CHECK(load_model(dir / "yolov3-spp.cfg@seed:3", named).weights->params().at("yolo.1.mean").data[0] == 1);
  CHECK(contains(error_of([&] { load_model(dir / "yolov3-spp.cfg@seed:12345", in(dir.path().string())); }), "bn_yolo_seed12345.bin"));
}

TEST_CASE("the content of a model's file decides what it is, not its name") {
  const TempDir dir;
  const auto parameters = [&](const std::string& file) { return load_model(dir / file, {}).weights->params().size(); };
  write_bytes(dir / "net.CFG", kCfg);
  write_bytes(dir / "net.WEIGHTS", small_weights());
  for (const char* file : {"net.CFG", "net.WEIGHTS"}) CHECK(parameters(file) == 5);
  write_bytes(dir / "net.txt", kCfg);
  CHECK(load_graph(dir / "net.txt", {}).size() > 1);
  write_bytes(dir / "a.weights", kCfg);
  CHECK(load_graph(dir / "a.weights", {}).size() > 1);
  std::filesystem::copy(dir / "net.WEIGHTS", dir / "c.safetensors");
  write_bytes(dir / "c.cfg", kCfg);
  CHECK(parameters("c.safetensors") == 5);
  write_bytes(dir / "d.jpg", "\xff\xd8\xff" + std::string(64, '\0'));
  CHECK(contains(error_of([&] { load_model(dir / "d.jpg", {}); }), "expected yolov3-spp"));
}

TEST_CASE("bad names are refused") {
  const auto error = [](const std::string& name) { return error_of([&] { load_model(name, {}); }); };
  CHECK(contains(error("yolov9"), "model yolov9: expected yolov3-spp, yolov3, "));
  CHECK(contains(error(""), "or the path of a Darknet cfg or weights file, or of a safetensors file"));
  CHECK(contains(error("yolov3@sometimes"), "model yolov3@sometimes: expected"));
  for (const char* bad :
       {"yolov3-spp@seed:", "yolov3-spp@seed:x", "yolov3-spp@seed:-1", "yolov3-spp@seed:1x", "yolov3-spp@seed:99999999999999999999999"}) {
    CAPTURE(bad);
    CHECK(contains(error(bad), "expected a number after seed:"));
  }
  CHECK(contains(error("yolov4@seed:0"), "only yolov3-spp and fastpose"));
  CHECK(contains(error("/nonexistent/a.safetensors"), "/nonexistent/a.safetensors"));
  CHECK(contains(error("/nonexistent/a.cfg@random"), "/nonexistent/a.cfg"));
}

TEST_CASE("classes have the names of COCO, of VOC or of a file") {
  const std::vector<std::string> coco = usual_class_names(80), voc = usual_class_names(20);
  REQUIRE(coco.size() == 80);
  CHECK(coco[79] == "toothbrush");
  CHECK(std::set<std::string>(coco.begin(), coco.end()).size() == 80);
  CHECK(person_class(coco) == 0);
  REQUIRE(voc.size() == 20);
  CHECK(std::set<std::string>(voc.begin(), voc.end()).size() == 20);
  CHECK(person_class(voc) == 14);
  CHECK(usual_class_names(3).empty());
  CHECK(person_class({"cat", "dog"}) == 0);

  const TempDir dir;
  write_bytes(dir / "a.names", "cat \r\n\r\ntraffic light\nperson\n\n");
  CHECK(read_class_names(dir / "a.names") == std::vector<std::string>{"cat", "", "traffic light", "person"});
  CHECK(contains(error_of([&] { read_class_names(dir / "b.names"); }), "b.names"));
}

TEST_CASE("a detector has the names next to its file, which must be as many as its classes") {
  const TempDir dir;
  const std::string cfg = "[net]\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=8\n[yolo]\nclasses=3\nnum=1\nanchors=1,2\n";
  write_bytes(dir / "x.cfg", cfg);
  CHECK(load_model(dir / "x.cfg@random", {}).class_names.empty());
  write_bytes(dir / "x.names", "cat\nperson\ndog\n");
  CHECK(load_model(dir / "x.cfg@random", {}).class_names == std::vector<std::string>{"cat", "person", "dog"});
  write_bytes(dir / "x.names", "cat\nperson\n");
  CHECK(contains(error_of([&] { load_model(dir / "x.cfg@random", {}); }), "x.names: expected 3 names, found 2"));

  const Graph graph = parse_darknet_cfg_text(cfg, "x.cfg", {});
  write_safetensors(dir / "y.safetensors", graph, {{"graph", to_json(graph)}});
  write_bytes(dir / "y.names", "cat\nperson\ndog\n");
  CHECK(load_model(dir / "y.safetensors", {}).class_names == std::vector<std::string>{"cat", "person", "dog"});
}

TEST_CASE("weights that Darknet's training wrote are found by the cfg's name, and the cfg by theirs") {
  const TempDir dir;
  write_bytes(dir / "x.cfg", kCfg);
  const std::string missing = error_of([&] { load_model(dir / "x.cfg", {}); });
  CHECK_MESSAGE(contains(missing, "x.weights"), missing);
  for (const char* name : {"x_last.weights", "x_final.weights", "x_best.weights"}) { // the last one has precedence
    write_bytes(dir / name, small_weights());
    CHECK(load_model(dir / "x.cfg", {}).weights->source() == dir / name);
    CHECK(load_model(dir / name, {}).graph.title == "x");
  }
  write_bytes(dir / "x_6000.weights", small_weights());
  CHECK(load_model(dir / "x_6000.weights", {}).graph.title == "x");
  write_bytes(dir / "x_old.weights", small_weights());
  CHECK(contains(error_of([&] { load_model(dir / "x_old.weights", {}); }), "x_old.cfg"));
}
