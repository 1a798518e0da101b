// AlphaposeWriter: alphapose-results.json while a run goes on, without keeping its people in memory.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/json.h"
#include "results/frame_result.h"
#include "tensor/file.h"

#include <deque>
#include <string>
#include <string_view>

namespace pose {

// Returns the name that AlphaPose gives to an image or a frame: the base name of an image, "K.jpg" for frame K of a clip or camera.
std::string alphapose_name(const FrameResult& frame);
// Returns the name of its file in sep-json.
std::string sep_json_name(const std::string& image);

// Collects the file next to PATH; finish() gives it that name.  The file equals format_results() of all images, byte for byte.  Without finish(), an
// existing PATH stays as it was.  In memory it keeps nothing for coco.  For cmu and open, whose images of the same name share one entry, it keeps 32
// bytes an image with people, and the name of its file in sep-json.
class AlphaposeWriter {
public:
  // `sep_json`: folder for the files of cmu and open with one image each, which are written at once; "": none.  Throws Error.
  AlphaposeWriter(const std::string& path, JsonFormat format, std::string sep_json = "");

  // Adds the people of an image.  Throws Error where they cannot be written.
  void add(const ImageResult& image);
  void add(const FrameResult& frame); // under its alphapose_name()
  // Completes the file.  Call it after an interrupt, too: the file then holds what was added.  Throws Error where an image could not be added: an
  // existing PATH then stays as it was.
  void finish();

private:
  // An image in the file: its name, quoted, from `name`, its people from `people` to `end`.
  struct Entry {
    std::uint64_t name_hash = 0;
    std::int64_t name = 0, people = 0, end = 0;
  };

  void write(std::string_view text);
  void put(const ImageResult& image);
  bool repeats_names() const;
  void merge() const;

  std::string path_;
  JsonFormat format_;
  std::string sep_json_;
  AtomicFile file_;
  bool torn_ = false;                 // a part of an image may be missing
  std::string head_, tail_;           // of an entry in cmu and open: before its people, after them
  std::deque<Entry> entries_;         // of cmu and open
  std::deque<std::string> sep_files_; // of the entries, if there is a folder
};

} // namespace pose
