// Implements check_names() of pose_options.h and check_files() of pose_run.h: what `pose` writes, and what it must not overwrite.
// SPDX-License-Identifier: MIT
#include "apps/pose_run.h"
#include "results/alphapose_writer.h"

#include <filesystem>
#include <map>
#include <set>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

std::string name_of(const std::string& path) {
  return fs::path(path).filename().string();
}

void add_results(RunFiles& files, const fs::path& folder) {
  files.add_output_in_new_folder("results", (folder / "alphapose-results.json").string());
}

void add_images(RunFiles& files, const PoseOptions& o, const std::vector<std::string>& images) {
  const fs::path outdir = o.outdir;
  std::set<std::string> names; // images of one name share one file of sep-json
  for (const std::string& image : images) {
    const std::string name = file_name_of(image);
    if (name.empty()) continue;
    if (o.save_img) files.add_output_in_new_folder("--save_img", (outdir / "vis" / drawn_name(name)).string());
    if (o.format != JsonFormat::coco && names.insert(name).second)
      files.add_output_in_new_folder("--format", (outdir / "sep-json" / sep_json_name(name)).string());
  }
}

} // namespace

void check_names(const PoseOptions& o, const std::vector<std::string>& images) {
  const bool separate = o.format != JsonFormat::coco;
  std::map<std::string, const std::string*> names, stems; // and the first image that has it
  for (const std::string& path : images) {
    const std::string name = name_of(path);
    const auto [first, is_new] = names.emplace(name, &path);
    if (!is_new && o.save_img) fail<InputError>("--save_img: {}: expected images of different names, found the name of {}", path, *first->second);
    if (!is_new) say("pose: warning: {}: another input has the same name; results are distinguished by name only\n", path);
    const auto stem = separate && is_new ? stems.emplace(sep_json_name(name), &path).first : stems.end();
    if (stem != stems.end() && stem->second != &path)
      fail<InputError>("--format: {}: expected a name that differs from {} before its first dot, found sep-json/{} for both", path, *stem->second,
                       stem->first);
  }
}

RunFiles check_files(const PoseOptions& o, const Inputs& inputs, const std::vector<Clip>& clips) {
  RunFiles files;
  files.add_inputs(inputs.images);
  files.add_inputs(inputs.clips);
  files.add_inputs(o.common.files());
  files.add_inputs({o.input.list, o.boxes, o.networks.detector, o.networks.detector_weights, o.networks.network});
  const fs::path outdir = o.outdir;
  const bool images = clips.empty() || !inputs.images.empty();
  if (images) add_results(files, outdir);
  files.add_output_in_new_folder("results", (outdir / "alphapose-run.json").string());
  add_images(files, o, inputs.images);
  for (const Clip& clip : clips) {
    add_results(files, clip.folder);
    if (o.save_img) files.add_output_folder("--save_img", (fs::path(clip.folder) / "vis").string());
    if (o.format != JsonFormat::coco) files.add_output_folder("--format", (fs::path(clip.folder) / "sep-json").string());
  }
  files.add_output("--json_boxes", o.json_boxes);
  files.add_output("--jsonl", o.jsonl);
  files.check();
  return files;
}

} // namespace pose::apps
