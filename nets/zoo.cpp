// Where models and their weights are found.
// SPDX-License-Identifier: MIT
#include "nets/zoo.h"

#include "nets/class_names.h"
#include "nets/darknet_cfg.h"
#include "nets/fastpose.h"
#include "nets/graph_file.h"
#include "nets/paths.h"
#include "tensor/error.h"
#include "tensor/text_file.h"
#include "weights/darknet.h"
#include "weights/safetensors.h"
#include "weights/synthetic.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

namespace fs = std::filesystem;

namespace pose {
namespace {

constexpr const char* kAlphaPoseNet = "fastpose"; // the original's
constexpr const char* kOwnPoseNet = "pose-nano";  // in nets/trained/

struct Known {
  std::string name;
  std::vector<std::string> files; // of weights, any of them
};

const std::vector<Known>& known_models() {
  static const std::vector<Known> models = {
      {"yolov3-spp", {"yolov3-spp.weights"}},
      {"yolov3", {"yolov3.weights"}},
      {"yolov3-tiny", {"yolov3-tiny.weights"}},
      {"yolov4", {"yolov4.weights"}},
      {"yolov4-tiny", {"yolov4-tiny.weights"}},
      {"yolo-fastest-xl", {"yolo-fastest-xl.weights", "yolo-fastest-1.1-xl.weights"}}, // the second is the author's name for it
      {"darknet53", {"darknet53.weights"}},
      {kAlphaPoseNet, {"fastpose.safetensors", "duc_se.safetensors"}},
      {"simplepose", {"simplepose.safetensors"}},
      {"blazepose", {"blazepose.safetensors"}},
      {kOwnPoseNet, {"pose-nano.safetensors"}},
  };
  return models;
}

const Known* find_known(const std::string& name) {
  const auto& models = known_models();
  const auto it = std::find_if(models.begin(), models.end(), [&](const Known& k) { return k.name == name; });
  return it == models.end() ? nullptr : &*it;
}

// Where the numbers of a model come from.
enum class Origin { file, random, synthetic, none };

struct Request {
  std::string base; // name or path
  Origin origin = Origin::file;
  std::uint64_t seed = 0;
};

Request parse_request(const std::string& text) {
  const std::size_t at = text.rfind('@');
  const std::string base = text.substr(0, at), how = at == text.npos ? "" : text.substr(at + 1);
  if (how == "random") return {base, Origin::random};
  const bool random = how.starts_with("random:");
  if (!random && !how.starts_with("seed:")) return {text}; // any other @ belongs to a path
  Request request{base, random ? Origin::random : Origin::synthetic};
  const std::size_t number = how.find(':') + 1;
  const char* end = how.data() + how.size();
  const auto [rest, error] = std::from_chars(how.data() + number, end, request.seed);
  if (error != std::errc{} || rest != end) fail("model {}: expected a number after {}", text, how.substr(0, number));
  return request;
}

void add_env(std::vector<fs::path>& dirs, const char* variable, const fs::path& below = {}) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value != 0) dirs.push_back(below.empty() ? fs::path(value) : value / below);
}

// What a detector's callers use unless they say otherwise, best detector first: the order of default_detector().  Confidences of yolov4 and
// yolov4-tiny are yolov3-tiny's, not measured.  yolo-fastest-xl was trained for 320 x 320, where it misses people that it finds at 608 x 608.
struct KnownDetector {
  const char* name;
  DetectorDefaults defaults;
};
constexpr DetectorDefaults kAlphaPoseDefaults = {};
constexpr KnownDetector kDetectors[] = {
    {"yolov3-spp", kAlphaPoseDefaults},
    {"yolov3", kAlphaPoseDefaults},
    {"yolov4", {.confidence = 0.2f}},
    {"yolov4-tiny", {.confidence = 0.2f}},
    {"yolo-fastest-xl", {.confidence = 0.4f, .threshold = 0.4f, .inp_dim = 608}},
    {"yolov3-tiny", {.confidence = 0.2f}},
};

// Where a folder of nets/ is: in the source tree, installed, or in a package.
std::vector<fs::path> own_dirs(const char* folder, const ModelOptions& options) {
  std::vector<fs::path> dirs;
  add_env(dirs, "POSE_DATA_DIR", folder);
  if (const auto source = source_tree()) dirs.push_back(*source / "nets" / folder);
  if (const auto data = installed_data()) dirs.push_back(*data / folder);
  if (!options.data_dir.empty()) dirs.push_back(fs::path(options.data_dir) / folder);
  return dirs;
}

std::vector<fs::path> model_dirs(const ModelOptions& options) {
  std::vector<fs::path> dirs;
  if (!options.models_dir.empty()) dirs.push_back(options.models_dir);
  add_env(dirs, "POSE_MODELS");
  const std::optional<fs::path> source = source_tree();
  if (source) dirs.push_back(*source / "models");
  add_env(dirs, "HOME", fs::path(".cache") / "alphapose.cpp");
  if (source) dirs.push_back(source->parent_path() / "shared" / "weights");
  return dirs;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The first of `files` in the first of `dirs` that has one; "" when none has.
std::string search(const std::vector<fs::path>& dirs, const std::vector<std::string>& files) {
  for (const fs::path& dir : dirs) {
    for (const std::string& file : files) {
      if (is_file(dir / file)) return (dir / file).string();
    }
  }
  return "";
}

std::string joined(const std::vector<fs::path>& dirs) {
  std::vector<std::string> names;
  for (const fs::path& dir : dirs) names.push_back(dir.string());
  return fmt::format("{}", fmt::join(names, ", "));
}

// "" when there are none.
std::string find_weights(const std::vector<fs::path>& dirs, const Known& known, const ModelOptions& options) {
  const std::string path = search(dirs, known.files);
  return path.empty() ? search(own_dirs("trained", options), known.files) : path;
}

std::string expect_weights(const Known& known, const ModelOptions& options) {
  if (!options.weights.empty()) return options.weights;
  const std::vector<fs::path> dirs = model_dirs(options);
  const std::string path = find_weights(dirs, known, options);
  if (path.empty()) {
    fail("model {}: expected {} in one of {}, found none; get it with scripts/fetch_models {}", known.name, fmt::join(known.files, " or "),
         joined(dirs), known.name);
  }
  return path;
}

std::string find_bn(const std::string& kind, std::uint64_t seed, const ModelOptions& options) {
  if (!options.bn_path.empty()) return options.bn_path;
  std::vector<fs::path> dirs = model_dirs(options);
  add_env(dirs, "POSE_ORACLE_DIR", "weights_side");
  if (const auto source = source_tree()) dirs.push_back(source->parent_path() / "shared" / "oracle" / "weights_side");
  const std::string file = fmt::format("bn_{}_seed{}.bin", kind, seed), path = search(dirs, {file});
  if (path.empty()) fail("synthetic weights: expected {} in one of {}, found none; its path can be given, too", file, joined(dirs));
  return path;
}

// The project's own cfg of that name; "" when there is none.
std::string find_cfg(const std::string& name, const ModelOptions& options) {
  return search(own_dirs("cfg", options), {name + ".cfg"});
}

// Values that come from no file.  kind: "yolo" or "pose", whose synthetic weights docs/spec.md defines, or null.
std::shared_ptr<const WeightStore> generate(const Request& request, const std::vector<ParamSpec>& specs, const char* kind,
                                            const ModelOptions& options) {
  if (request.origin == Origin::none) return nullptr;
  if (request.origin == Origin::random) return std::make_shared<WeightStore>(random_weights(specs, request.seed));
  if (kind == nullptr) fail("model {}@seed:{}: only yolov3-spp and fastpose have synthetic weights", request.base, request.seed);
  const std::string bn = find_bn(kind, request.seed, options);
  const bool yolo = std::string(kind) == "yolo";
  return std::make_shared<WeightStore>(yolo ? synthetic_yolo(specs, request.seed, bn) : synthetic_pose(specs, request.seed, bn));
}

// Returns the names in X.names next to the network's file X.cfg or X.safetensors, or those of COCO or VOC for as many classes; an empty list for a
// network without heads.
std::vector<std::string> names_for(const Graph& graph, const std::string& file) {
  const YoloHead* head = std::get_if<YoloHead>(&graph[graph.outputs.back()].op);
  if (head == nullptr) return {};
  const std::string path = fs::path(file).replace_extension(".names").string();
  if (!is_file(path)) return usual_class_names(head->classes);
  std::vector<std::string> names = read_class_names(path);
  if (int(names.size()) != head->classes) fail("{}: expected {} names, found {}", path, head->classes, names.size());
  return names;
}

Model load_darknet(const Request& request, const std::string& cfg, const std::string& weights, const ModelOptions& options) {
  const bool is_spp = fs::path(cfg).stem() == "yolov3-spp";
  CfgOptions cfg_options;
  cfg_options.flavor = is_spp ? Flavor::alphapose : Flavor::darknet;
  cfg_options.inp_dim = options.inp_dim;
  Model model{parse_darknet_cfg(cfg, cfg_options), nullptr, {cfg, weights}};
  model.class_names = names_for(model.graph, cfg);
  const std::vector<ParamSpec> specs = darknet_file_order(model.graph);
  if (request.origin == Origin::file)
    model.weights = std::make_shared<WeightStore>(read_darknet(weights, specs));
  else
    model.weights = generate(request, specs, is_spp ? "yolo" : nullptr, options);
  return model;
}

Model load_safetensors(const Request& request, const std::string& path, const ModelOptions& options) {
  const auto store = std::make_shared<WeightStore>(read_safetensors(path));
  const auto graph = store->metadata.find("graph");
  Model model{graph != store->metadata.end() ? parse_graph_json(graph->second, path) : fastpose_of(*store), store, {path}};
  model.class_names = names_for(model.graph, path);
  if (request.origin != Origin::file) model.weights = generate(request, model.graph.params(), nullptr, options);
  return model;
}

Model load_known(const Request& request, const Known& known, const ModelOptions& options) {
  if (known.name == kAlphaPoseNet && request.origin != Origin::file) {
    Graph graph = fastpose();
    return {graph, generate(request, graph.params(), "pose", options)};
  }
  const std::string cfg = find_cfg(known.name, options);
  if (cfg.empty()) return load_safetensors(request, expect_weights(known, options), options);
  return load_darknet(request, cfg, request.origin == Origin::file ? expect_weights(known, options) : "", options);
}

// The kinds of files that a path of a model can name.
enum class Kind { cfg, weights, safetensors, unknown };

// Returns the kind of a file by its content: a cfg is text, safetensors begin with the length of their JSON, weights with a version below 256.  For a
// file that does not exist, or of other content, the name decides, so that the error says what is wrong with it.
Kind kind_of(const std::string& path) {
  constexpr std::size_t kLengthBytes = 8, kBegin = 12;
  const std::string begin = first_bytes(path, kBegin), zeros(3, 0);
  if (begin.size() > kLengthBytes && begin[kLengthBytes] == '{' && begin[7] == 0) return Kind::safetensors;
  if (begin.size() == kBegin && begin.substr(1, 3) == zeros && begin.substr(5, 3) == zeros) return Kind::weights;
  const bool is_text = !begin.empty() && begin.find('\0') == begin.npos, is_utf16 = begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff");
  if (is_text && !is_utf16) return Kind::cfg;
  const std::string ending = ending_of(path);
  if (ending == ".cfg") return Kind::cfg;
  if (ending == ".weights") return Kind::weights;
  return ending == ".safetensors" ? Kind::safetensors : Kind::unknown;
}

// Returns the file of the same name with another ending, in lower or upper case.
std::string with_extension(const std::string& path, const char* lower, const char* upper) {
  const std::string name = fs::path(path).replace_extension(lower), other = fs::path(path).replace_extension(upper);
  return !is_file(name) && is_file(other) ? other : name;
}

// Darknet's training adds these to a cfg's name, or a number.
constexpr const char* kTrained[] = {"_best", "_final", "_last"};

// Returns X.weights next to X.cfg, or the best of what training wrote.
std::string weights_next_to(const fs::path& cfg) {
  const std::string usual = with_extension(cfg, ".weights", ".WEIGHTS");
  if (is_file(usual)) return usual;
  for (const char* suffix : kTrained) {
    const fs::path trained = cfg.parent_path() / (cfg.stem().string() + suffix + ".weights");
    if (is_file(trained)) return trained.string();
  }
  return usual;
}

// Returns X.cfg next to X.weights or X_best.weights and the like, or the project's own cfg of that name.
std::string cfg_for(const fs::path& weights, const ModelOptions& options) {
  const std::string usual = with_extension(weights.string(), ".cfg", ".CFG"), name = weights.stem().string();
  if (is_file(usual)) return usual;
  if (const std::string own = find_cfg(name, options); !own.empty()) return own;
  const std::size_t bar = name.rfind('_');
  if (bar == name.npos) return usual;
  const std::string suffix = name.substr(bar);
  const bool number = suffix.size() > 1 && suffix.find_first_not_of("0123456789", 1) == suffix.npos;
  if (!number && std::find(std::begin(kTrained), std::end(kTrained), suffix) == std::end(kTrained)) return usual;
  const fs::path trained = weights.parent_path() / (name.substr(0, bar) + ".cfg");
  return is_file(trained) ? trained.string() : usual;
}

Model load_path(const Request& request, const ModelOptions& options) {
  const fs::path path = request.base;
  const Kind kind = kind_of(request.base);
  if (kind == Kind::safetensors) return load_safetensors(request, path.string(), options);
  if (kind == Kind::cfg) {
    return load_darknet(request, path.string(), options.weights.empty() ? weights_next_to(path) : options.weights, options);
  }
  if (kind == Kind::weights) {
    return load_darknet(request, cfg_for(path, options), path.string(), options);
  }
  fail("model {}: expected {}, or the path of a Darknet cfg or weights file, or of a safetensors file", request.base, fmt::join(model_names(), ", "));
}

Model load(const Request& request, const ModelOptions& options) {
  const Known* known = find_known(request.base);
  const Kind kind = known != nullptr ? Kind::unknown : kind_of(request.base);
  if (!options.weights.empty() && (request.origin != Origin::file || kind == Kind::weights || kind == Kind::safetensors))
    fail("model {}: expected no other file of weights, found {}", request.base, options.weights);
  return known != nullptr ? load_known(request, *known, options) : load_path(request, options);
}

} // namespace

Model load_model(const std::string& name, const ModelOptions& options) {
  return with_errors_as<ModelError>([&] { return load(parse_request(name), options); });
}

Graph load_graph(const std::string& name, const ModelOptions& options) {
  Request request = parse_request(name);
  request.origin = Origin::none;
  return load(request, options).graph;
}

std::string default_pose_net(const ModelOptions& options) {
  return find_weights(model_dirs(options), *find_known(kAlphaPoseNet), options).empty() ? kOwnPoseNet : kAlphaPoseNet;
}

std::string default_detector(const ModelOptions& options) {
  const std::vector<fs::path> dirs = model_dirs(options);
  for (const KnownDetector& detector : kDetectors) {
    if (!find_weights(dirs, *find_known(detector.name), options).empty()) return detector.name;
  }
  fail<ModelError>("detector: expected the weights of one of {} in one of {}, found none; get a small one with scripts/fetch_models yolo-fastest-xl",
                   fmt::join(detector_names(), ", "), joined(dirs));
}

std::vector<std::string> detector_names() {
  std::vector<std::string> names;
  for (const KnownDetector& detector : kDetectors) names.emplace_back(detector.name);
  return names;
}

DetectorDefaults detector_defaults(const std::string& name) {
  const auto* const it = std::find_if(std::begin(kDetectors), std::end(kDetectors), [&](const KnownDetector& d) { return d.name == name; });
  return it == std::end(kDetectors) ? kAlphaPoseDefaults : it->defaults;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Known& known : known_models()) names.push_back(known.name);
  return names;
}

} // namespace pose
