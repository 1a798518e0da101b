// Implements drawn_files.h.
// SPDX-License-Identifier: MIT
#include "stream/drawn_files.h"

#include "image/codec.h"
#include "postprocess/json.h"
#include "results/alphapose_writer.h"
#include "tensor/error.h"
#include "tensor/file.h"

#include <fmt/format.h>

#include <filesystem>

namespace fs = std::filesystem;

namespace pose {
namespace {

// Returns the first of NAME.mp4, NAME.2.mp4 ... that does not exist: no clip is overwritten, neither one of an earlier run nor an input.
std::string new_clip_path(const fs::path& folder, const std::string& name) {
  fs::path path = folder / fitting_name(name, ".mp4");
  for (int part = 2; fs::exists(path); part++) path = folder / fitting_name(name, fmt::format(".{}.mp4", part));
  return path.string();
}

} // namespace

std::string drawn_name(const std::string& source, bool camera) {
  if (camera) return "AlphaPose_webcam" + source.substr(source.find(':') + 1);
  const std::string name = sep_json_stem(fs::path(source).filename().string());
  return "AlphaPose_" + (name.empty() || name == "-" ? "video" : name);
}

DrawnFiles::DrawnFiles(const DrawnFilesOptions& options, Report failed, Report note)
    : options_(options), failed_(std::move(failed)), note_(std::move(note)) {
  if (options_.images) make_folder((fs::path(options_.folder) / "vis").string());
}

void DrawnFiles::keep_going(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    if (e.what() != last_error_) failed_(e.what());
    last_error_ = e.what();
  }
}

void DrawnFiles::write(const DoneFrame& frame) {
  if (options_.images) keep_going([&] { write_image((fs::path(options_.folder) / "vis" / alphapose_name(frame.result)).string(), frame.drawn); });
  if (options_.clip) keep_going([&] { write_clip(frame); });
}

void DrawnFiles::write_clip(const DoneFrame& frame) {
  if (!begun_) {
    begun_ = true;
    VideoWriterOptions options;
    options.width = frame.drawn.w;
    options.height = frame.drawn.h;
    if (options_.fps > 0) options.fps = options_.fps;
    options.sound_from = options_.sound_from;
    writer_.emplace(new_clip_path(options_.folder, drawn_name(options_.source, options_.camera)), options);
    if (!writer_->sound_note().empty()) note_(writer_->sound_note());
  }
  if (writer_) writer_->write(frame.drawn, *frame.result.time);
}

void DrawnFiles::close() {
  if (writer_) keep_going([&] { writer_->close(); });
}

} // namespace pose
