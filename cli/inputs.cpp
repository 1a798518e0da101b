// Implements inputs.h.
// SPDX-License-Identifier: MIT
#include "cli/inputs.h"

#include "cli/console.h"
#include "cli/program.h"
#include "image/codec.h"
#include "tensor/text_file.h"
#include "video/reader.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

bool is_clip(const std::string& name) {
  return is_video_name(name) || name.find("://") != std::string::npos;
}

void add_input(Inputs& inputs, const std::string& name) {
  (is_clip(name) ? inputs.clips : inputs.images).push_back(name);
}

// Returns the path of a line of a list; "" for an empty line.  Blanks around a name belong to it only where such a file exists.
std::string path_of_line(const std::string& line, const std::string& dir) {
  const auto path_of = [&](const std::string& name) { return dir.empty() ? name : (fs::path(dir) / name).string(); };
  const auto trimmed = [&](const char* blanks) {
    const std::size_t first = line.find_first_not_of(blanks);
    return first == line.npos ? "" : line.substr(first, line.find_last_not_of(blanks) - first + 1);
  };
  const std::string whole = trimmed("\r\n"), name = trimmed(" \t\r\n");
  if (name.empty()) return "";
  std::error_code missing;
  return whole != name && fs::exists(path_of(whole), missing) ? path_of(whole) : path_of(name);
}

// Adds the names of a list file, joined to dir.
void add_list(Inputs& inputs, const std::string& list, const std::string& dir) {
  std::istringstream in(with_errors_as<InputError>([&] { return read_text(list); }));
  bool found = false;
  for (std::string line; std::getline(in, line);) {
    const std::string name = path_of_line(line, dir);
    if (name.empty()) continue;
    add_input(inputs, name);
    found = true;
  }
  if (!found) fail<InputError>("{}: expected names, found none", list);
}

void add_folder(Inputs& inputs, const std::string& dir) {
  const FolderNames names = names_in(dir, [](const std::string& n) { return is_image_name(n) || is_video_name(n); });
  for (const std::string& name : names.wanted) add_input(inputs, (fs::path(dir) / name).string());
  const std::string left = names.left_out();
  if (inputs.images.empty() && inputs.clips.empty())
    fail<InputError>("{}: expected names of images ({}) or clips, found none{}{}", dir, image_endings(), left.empty() ? "" : " among ", left);
  if (!left.empty()) say("pose: warning: {}: {} left out: their names are not those of images or clips\n", dir, left);
}

} // namespace

void Inputs::keep(const Shard& shard) {
  std::int64_t number = 0;
  const auto others = [&](const std::string&) { return !shard.has(number++); };
  std::erase_if(images, others);
  std::erase_if(clips, others);
}

Inputs inputs_of(const InputOptions& o) {
  const int kinds = int(!o.files.empty()) + int(!o.indir.empty() || !o.list.empty()) + int(!o.video.empty()) + int(!o.webcam.empty());
  if (kinds > 1) throw InputError("expected one of FILE..., --indir, --list, --video and --webcam, found two");
  if (kinds == 0)
    throw InputError("expected images or a clip: FILE..., --indir DIR, --list FILE, --video FILE or --webcam N (--help lists the options)");
  Inputs inputs;
  for (const std::string& file : o.files) add_input(inputs, file);
  if (!o.list.empty())
    add_list(inputs, o.list, o.indir);
  else if (!o.indir.empty())
    add_folder(inputs, o.indir);
  if (!o.video.empty()) inputs.clips.push_back(o.video);
  inputs.camera = o.webcam;
  inputs.only_images = inputs.clips.empty() && inputs.camera.empty();
  inputs.all = inputs.images.size() + inputs.clips.size() + (inputs.camera.empty() ? 0 : 1);
  return inputs;
}

} // namespace pose::apps
