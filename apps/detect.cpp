// detect: all classes of a Darknet detector, with Darknet's own letterbox, thresholds and NMS.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "apps/progress.h"
#include "image/codec.h"
#include "image/draw.h"
#include "nets/coco_names.h"
#include "pose/device_detector.h"
#include "pose/estimator.h"
#include "pose/model_checks.h"
#include "postprocess/darknet_detect.h"
#include "tensor/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

struct Options {
  CommonOptions common;
  std::vector<std::string> files;
  std::string model = "yolov3", json, picture_dir;
  int inp_dim = 0;
  DarknetOptions darknet;

  void add_to(CLI::App& app) {
    common.add_to(app);
    app.add_option("files", files, "pictures")->required();
    app.add_option("--model", model, "detector, a name or a path")->capture_default_str();
    app.add_option("--inp_dim", inp_dim, "side of the input, a multiple of 32 (default: the cfg's)");
    app.add_option("--conf", darknet.thresh, "least objectness and score")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    app.add_option("--nms", darknet.nms, "IoU above which the weaker box of a class goes")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    app.add_option("--json", json, "write the boxes as JSON to this file, - for standard output");
    app.add_option("--save_img", picture_dir, "write the pictures with boxes to this folder");
  }
};

std::string class_name(int cls, int classes) {
  static const std::vector<std::string> names = coco_names();
  return classes == int(names.size()) ? names[std::size_t(cls)] : fmt::format("class {}", cls);
}

// A colour of its own for each class: steps of the golden angle around the hue circle.
Color class_colour(int cls) {
  Color colour{};
  for (int k = 0; k < 3; k++) {
    const double hue = std::fmod(cls * 137.508, 360.0), phase = (hue + 120.0 * k) * 3.14159265358979 / 180.0;
    colour[std::size_t(k)] = std::uint8_t(std::lround(150 + 100 * std::cos(phase)));
  }
  return colour;
}

void draw_box(BgrImage& image, const ClassBox& b, const std::string& label) {
  const Pixel a{int(b.box.x1), int(b.box.y1)}, c{int(b.box.x2), int(b.box.y2)};
  const Color colour = class_colour(b.cls);
  const int line = std::max(1, std::max(image.h, image.w) / 400), text = std::max(10, image.h / 35);
  draw_rectangle(image, a, c, line, colour);
  BgrImage measure(1, 1); // text drawn off the picture only tells its width
  const int width = draw_text(measure, {0, 0}, label, text, colour);
  const int top = std::max(0, a.y - text - 4);
  if (width > 0) fill_rectangle(image, {a.x, top}, {a.x + width + 4, top + text + 4}, colour);
  draw_text(image, {a.x + 2, top + text}, label, text, {0, 0, 0});
}

// On the CPU or on a GPU.
class Detector {
public:
  Detector(const Model& model, const Options& o, const RunOptions& run)
      : options_(o.darknet), classes_((expect_heads(model.graph), classes_of_heads(model.graph))) {
    if (run.gpu != nullptr)
      device_ = std::make_unique<DeviceDarknetDetector>(model, options_, run);
    else
      cpu_ = std::make_unique<Cpu>(model, run);
  }

  std::vector<ClassBox> detect(const BgrImage& image) {
    if (device_ != nullptr) return device_->detect(image);
    const View<float> input = cpu_->plan.input(1);
    const LetterboxGeometry geometry = darknet_letterbox(image, input, 0);
    cpu_->plan.run(1, cpu_->pool);
    return darknet_detections(yolo_outputs(cpu_->plan, 0), geometry, input.shape.h, input.shape.w, image.h, image.w, options_);
  }
  int classes() const { return classes_; }

private:
  struct Cpu {
    Cpu(const Model& model, const RunOptions& run) : plan(make_plan(model, run, 1)), pool(run.threads) {}
    Plan plan;
    Pool pool;
  };
  DarknetOptions options_;
  int classes_;
  std::unique_ptr<Cpu> cpu_;
  std::unique_ptr<DeviceDarknetDetector> device_;
};

void append_json(nlohmann::ordered_json& list, const std::string& name, const std::vector<ClassBox>& boxes, int classes) {
  for (const ClassBox& b : boxes) {
    list.push_back({{"image_id", name},
                    {"class", b.cls},
                    {"name", class_name(b.cls, classes)},
                    {"bbox", {b.box.x1, b.box.y1, b.box.x2 - b.box.x1, b.box.y2 - b.box.y1}},
                    {"score", b.score}});
  }
}

void print_text(const std::string& path, const std::vector<ClassBox>& boxes, int classes) {
  fmt::print("{}: {} objects\n", path, boxes.size());
  for (const ClassBox& b : boxes) {
    fmt::print("  {:<16}{:5.1f}%  x1 {:7.1f}  y1 {:7.1f}  x2 {:7.1f}  y2 {:7.1f}\n", class_name(b.cls, classes), 100 * b.score, b.box.x1, b.box.y1,
               b.box.x2, b.box.y2);
  }
}

void save_picture(BgrImage& image, const std::vector<ClassBox>& boxes, int classes, const fs::path& path) {
  for (auto b = boxes.rbegin(); b != boxes.rend(); ++b) draw_box(image, *b, fmt::format("{} {:.0f}%", class_name(b->cls, classes), 100 * b->score));
  write_image(path, image);
}

int run(Options& o) {
  if (o.inp_dim != 0) check_inp_dim(o.inp_dim, 32, "--inp_dim");
  const RunOptions run = o.common.run();
  if (!o.picture_dir.empty()) make_output_dir(o.picture_dir);
  o.common.model.inp_dim = o.inp_dim;
  Detector detector(load_model(o.model, o.common.model), o, run);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  bool failed = false;
  std::exception_ptr broken; // the device is: what was done is not lost
  {
    Progress progress(o.files.size(), "pictures", o.common.quiet);
    for (const std::string& path : o.files) {
      if (interrupted() || broken) break;
      try {
        BgrImage image = read_image(path);
        const std::vector<ClassBox> boxes = detector.detect(image);
        const std::string name = fs::path(path).filename();
        append_json(list, name, boxes, detector.classes());
        progress.clear();
        if (o.json.empty()) print_text(path, boxes, detector.classes());
        if (!o.picture_dir.empty()) save_picture(image, boxes, detector.classes(), fs::path(o.picture_dir) / name);
      } catch (const DeviceError&) {
        broken = std::current_exception();
      } catch (const Error& e) {
        progress.clear();
        fmt::print(stderr, "detect: {}\n", e.what());
        failed = true;
      }
      progress.step();
    }
  }
  const std::string text = list.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (o.json == "-")
    fmt::print("{}", text);
  else if (!o.json.empty())
    write_file(o.json, text);
  if (broken) std::rethrow_exception(broken);
  if (interrupted()) return kInterrupted;
  return failed ? kSomeInputsFailed : kDone;
}

} // namespace
} // namespace pose::apps

int main(int argc, char** argv) {
  CLI::App app("Objects in pictures, as Darknet's detector test.", "detect");
  pose::apps::Options options;
  options.add_to(app);
  return pose::apps::run_program(app, argc, argv, [&] { return pose::apps::run(options); });
}
