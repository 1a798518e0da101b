// DrawnFiles: the drawn images and the drawn clip of a source.
// SPDX-License-Identifier: MIT
#pragma once

#include "stream/video_run.h"
#include "video/writer.h"

#include <functional>
#include <optional>
#include <string>

namespace pose {

struct DrawnFilesOptions {
  std::string source;     // as in FrameResult
  std::string folder;     // FOLDER/vis/K.jpg and FOLDER/AlphaPose_NAME.mp4
  bool camera = false;    // the source is one
  bool images = false;    // writes images
  bool clip = false;      // writes a clip
  double fps = 0;         // of the clip; 0: unknown
  std::string sound_from; // clip whose sound is copied; "": none
};

// A file that cannot be written is reported, and the others go on.
class DrawnFiles {
public:
  using Report = std::function<void(const std::string& line)>;

  // failed: is called for an error, once for equal ones in a row.  note: why the clip has no sound though its source has.
  DrawnFiles(const DrawnFilesOptions& options, Report failed, Report note);

  // Writes the drawn frame.
  void write(const DoneFrame& frame);
  // Completes the clip.
  void close();

private:
  void keep_going(const std::function<void()>& f);
  void write_clip(const DoneFrame& frame);

  DrawnFilesOptions options_;
  Report failed_, note_;
  std::optional<VideoWriter> writer_;
  bool begun_ = false;
  std::string last_error_;
};

// Returns the name of a drawn clip without its extension: AlphaPose_NAME, where NAME is the base name of the source up to the first dot, or webcamN
// for a camera.
std::string drawn_name(const std::string& source, bool camera);

} // namespace pose
