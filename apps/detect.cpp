// detect: finds objects of all classes with a Darknet detector, Darknet's letterbox, thresholds and NMS.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/run_files.h"
#include "image/codec.h"
#include "image/draw.h"
#include "pose/object_detector.h"
#include "postprocess/darknet_detect.h"
#include "tensor/file.h"
#include "tensor/standard_output.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

struct Options {
  CommonOptions common;
  std::vector<std::string> files;
  std::string model, json, image_dir;
  std::optional<int> inp_dim; // none: the detector's
  std::optional<float> conf;  // none: the detector's
  DarknetOptions darknet;
  std::int64_t max_pixels = DecodeLimits().max_pixels;

  void add_to(CommandLine& line) {
    common.add_to(line);
    line.option("files", files, "images").required();
    line.option("--model", model, fmt::format("detector, a name or a path (default: the first found of {})", fmt::join(detector_names(), ", ")));
    line.option("--weights", common.model.weights, "weights of a cfg, where they have another name");
    line.option("--inp_dim", inp_dim,
                fmt::format("side of the input, a multiple of 32 (default: the cfg's{})", detector_exceptions(&DetectorDefaults::inp_dim)));
    line.option("--conf", conf,
                fmt::format("value that objectness and score must exceed (default: {}{})", DetectorDefaults().threshold,
                            detector_exceptions(&DetectorDefaults::threshold)))
        .range(0.0, 1.0);
    line.option("--nms", darknet.nms, "IoU above which the weaker box of a class is removed").show_default().range(0.0, 1.0);
    line.option("--max_pixels", max_pixels, "most pixels of an image").show_default().range(std::int64_t(1), kMostPixels);
    line.option("--json", json, "write the boxes as JSON to this file, - for standard output");
    line.option("--save_img", image_dir, "write the images with boxes to this folder");
  }
};

// Returns a different color for each class: steps of the golden angle around the hue circle.
Color class_color(int cls) {
  Color color{};
  for (int k = 0; k < 3; k++) {
    const double hue = std::fmod(cls * 137.508, 360.0), phase = (hue + 120.0 * k) * 3.14159265358979 / 180.0;
    color[std::size_t(k)] = std::uint8_t(std::lround(150 + 100 * std::cos(phase)));
  }
  return color;
}

void draw_box(BgrImage& image, const ClassBox& b, const std::string& label) {
  const Pixel a{int(b.box.x1), int(b.box.y1)}, c{int(b.box.x2), int(b.box.y2)};
  const Color color = class_color(b.cls);
  const int line = std::max(1, std::max(image.h, image.w) / 400), text = std::max(10, image.h / 35);
  draw_rectangle(image, a, c, line, color);
  BgrImage measure(1, 1); // measures the width of the text, which is drawn outside
  const int width = draw_text(measure, {0, 0}, label, text, color);
  const int top = std::max(0, a.y - text - 4);
  if (width > 0) fill_rectangle(image, {a.x, top}, {a.x + width + 4, top + text + 4}, color);
  draw_text(image, {a.x + 2, top + text}, label, text, {0, 0, 0});
}

// Fills in what the user did not give.
void choose_model(Options& o) {
  const bool named = !o.model.empty();
  if (!named) o.model = default_detector(o.common.model);
  const DetectorDefaults defaults = detector_defaults(o.model);
  o.common.model.inp_dim = o.inp_dim.value_or(defaults.inp_dim);
  o.darknet.thresh = o.conf.value_or(defaults.threshold);
  if (!named && !o.common.quiet) say("detector: {}, --conf {} (--model names another)\n", o.model, o.darknet.thresh);
}

void append_json(nlohmann::ordered_json& list, const std::string& name, const std::vector<ClassBox>& boxes, const ObjectDetector& detector) {
  for (const ClassBox& b : boxes) {
    list.push_back({{"image_id", name},
                    {"class", b.cls},
                    {"name", detector.class_name(b.cls)},
                    {"bbox", {b.box.x1, b.box.y1, b.box.x2 - b.box.x1, b.box.y2 - b.box.y1}},
                    {"score", b.score}});
  }
}

void print_text(const std::string& path, const std::vector<ClassBox>& boxes, const ObjectDetector& detector) {
  print_out("{}: {} objects\n", path, boxes.size());
  for (const ClassBox& b : boxes) {
    print_out("  {:<16}{:5.1f}%  x1 {:7.1f}  y1 {:7.1f}  x2 {:7.1f}  y2 {:7.1f}\n", detector.class_name(b.cls), 100 * b.score, b.box.x1, b.box.y1,
              b.box.x2, b.box.y2);
  }
}

void save_image(BgrImage& image, const std::vector<ClassBox>& boxes, const ObjectDetector& detector, const fs::path& path) {
  for (auto b = boxes.rbegin(); b != boxes.rend(); ++b) draw_box(image, *b, fmt::format("{} {:.0f}%", detector.class_name(b->cls), 100 * b->score));
  write_image(path, image);
}

// Returns the files of the run.  Throws InputError where they conflict or cannot be written.
RunFiles check_files(const Options& o) {
  RunFiles files;
  files.add_inputs(o.files);
  files.add_inputs(o.common.files());
  files.add_input(o.model);
  if (o.json.empty())
    files.add_standard_output();
  else
    files.add_output("--json", o.json);
  for (const std::string& path : o.image_dir.empty() ? std::vector<std::string>() : o.files) {
    if (const std::string name = file_name_of(path); !name.empty())
      files.add_output_in_new_folder("--save_img", (fs::path(o.image_dir) / drawn_name(name)).string());
  }
  files.check();
  if (!o.image_dir.empty()) make_folder(o.image_dir);
  return files;
}

// Throws InputError where the model's files would be overwritten.  They are closed before the first image.
ObjectDetector make_detector(const Options& o, const RunFiles& files, const RunOptions& run) {
  const Model model = load_model(o.model, o.common.model);
  files.expect_not_written(model.files);
  return ObjectDetector(model, o.darknet, run);
}

int run(Options& o) {
  constexpr int kLeastSide = 32;
  if (o.inp_dim) check_inp_dim(*o.inp_dim, kLeastSide, "--inp_dim");
  const RunOptions run = o.common.run();
  choose_model(o);
  const RunFiles files = check_files(o);
  ObjectDetector detector = make_detector(o, files, run);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  bool failed = false;
  std::exception_ptr broken; // by a device, or standard output: keep what was done
  {
    Progress progress(o.files.size(), "images", o.common.quiet);
    const auto report = [&](const std::string& error) {
      progress.clear();
      say("detect: {}\n", error);
      failed = true;
    };
    for (const std::string& path : o.files) {
      if (interrupted() || broken) break;
      try {
        BgrImage image = read_image(path, {o.max_pixels});
        const std::vector<ClassBox> boxes = detector.detect(image);
        const std::string name = fs::path(path).filename();
        if (!o.json.empty()) append_json(list, name, boxes, detector);
        progress.clear();
        if (o.json.empty()) {
          print_text(path, boxes, detector);
          flush_out(); // tells at once whether it can be written
        }
        if (!o.image_dir.empty()) save_image(image, boxes, detector, fs::path(o.image_dir) / drawn_name(name));
      } catch (const DeviceError&) {
        broken = std::current_exception();
      } catch (const StandardOutputError&) {
        broken = std::current_exception();
      } catch (const InputError& e) { // an image too thin for the detector
        report(fmt::format("{}: {}", path, e.what()));
      } catch (const Error& e) {
        report(e.what());
      }
      progress.step();
    }
  }
  const std::string text = list.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (o.json == "-")
    write_out(text);
  else if (!o.json.empty())
    write_file(o.json, text);
  if (broken) std::rethrow_exception(broken);
  if (interrupted()) return kInterrupted;
  return failed ? kSomeInputsFailed : kDone;
}

} // namespace

int detect_command(int argc, char** argv) {
  CommandLine line("detect", "Finds objects of all classes in images with a Darknet detector.");
  Options options;
  options.add_to(line);
  return run_program(line, argc, argv, [&] { return run(options); });
}

} // namespace pose::apps
