// Implements class_names.h.  Names are in the order and spelling of Darknet's data/coco.names and data/voc.names.
// SPDX-License-Identifier: MIT
#include "nets/class_names.h"

#include "ops/infer.h"
#include "tensor/error.h"
#include "tensor/text_file.h"

#include <algorithm>
#include <charconv>

namespace pose {
namespace {

std::vector<std::string> coco_names() {
  return {"person",         "bicycle",    "car",           "motorbike",     "aeroplane",   "bus",           "train",
          "truck",          "boat",       "traffic light", "fire hydrant",  "stop sign",   "parking meter", "bench",
          "bird",           "cat",        "dog",           "horse",         "sheep",       "cow",           "elephant",
          "bear",           "zebra",      "giraffe",       "backpack",      "umbrella",    "handbag",       "tie",
          "suitcase",       "frisbee",    "skis",          "snowboard",     "sports ball", "kite",          "baseball bat",
          "baseball glove", "skateboard", "surfboard",     "tennis racket", "bottle",      "wine glass",    "cup",
          "fork",           "knife",      "spoon",         "bowl",          "banana",      "apple",         "sandwich",
          "orange",         "broccoli",   "carrot",        "hot dog",       "pizza",       "donut",         "cake",
          "chair",          "sofa",       "pottedplant",   "bed",           "diningtable", "toilet",        "tvmonitor",
          "laptop",         "mouse",      "remote",        "keyboard",      "cell phone",  "microwave",     "oven",
          "toaster",        "sink",       "refrigerator",  "book",          "clock",       "vase",          "scissors",
          "teddy bear",     "hair drier", "toothbrush"};
}

std::vector<std::string> voc_names() {
  return {"aeroplane",   "bicycle", "bird",  "boat",      "bottle", "bus",         "car",   "cat",  "chair", "cow",
          "diningtable", "dog",     "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"};
}

} // namespace

std::vector<std::string> usual_class_names(int classes) {
  for (const auto& names : {coco_names(), voc_names()}) {
    if (int(names.size()) == classes) return names;
  }
  return {};
}

std::vector<std::string> read_class_names(const std::string& path) {
  const std::string text = read_text(path);
  std::string_view rest = text;
  std::vector<std::string> names;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (names.size() == std::size_t(kMaxSide)) fail("{}: expected at most {} lines", path, kMaxSide);
    names.emplace_back(line);
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

std::vector<int> read_class_parents(const std::string& path) {
  std::vector<int> parents;
  for (const std::string& line : read_class_names(path)) {
    const std::string_view number = std::string_view(line).substr(line.find_last_of(" \t") + 1);
    int parent = 0;
    const char* end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, parent);
    const int here = int(parents.size());
    if (error != std::errc{} || rest != end || parent < -1 || parent >= here)
      fail("{}:{}: expected a name and the index of an earlier line, or -1", path, here + 1);
    parents.push_back(parent);
  }
  return parents;
}

int person_class(const std::vector<std::string>& names) {
  const auto it = std::find(names.begin(), names.end(), "person");
  return it == names.end() ? 0 : int(it - names.begin());
}

} // namespace pose
