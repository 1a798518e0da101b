// Runs the frames of a clip or camera through a PeopleStream, in overlapping stages.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/render.h"
#include "results/resume.h"
#include "stream/people_stream.h"
#include "video/reader.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pose {

struct VideoRunOptions {
  std::optional<RenderStyle> draw = {}; // none: nothing is drawn
  bool ids = false;                     // also draws the ids
  bool keep_images = false;             // also passes the images as they were decoded
  const FrameSet* done = nullptr;       // frames of an earlier run, which were replayed into the stream: they are decoded and dropped
  StopCallback stop = {};
};

// Seconds that each stage worked, over all frames.  Divide the number of frames by them for the rate of a stage.
struct StageSeconds {
  double decode = 0, compute = 0, draw = 0, write = 0;
};

struct VideoProgress {
  std::int64_t frames = 0;  // done in this run
  std::int64_t dropped = 0; // of a live source: frames that came while others were computed
  std::int64_t broken = 0;  // frames that could not be decoded
  StageSeconds seconds;
};

// Returns the images/s of each stage that worked.
std::vector<std::pair<std::string, double>> stage_rates(const VideoProgress& progress);

// Returns how many frames a run will compute, as far as the container knows; 0: unknown.
std::int64_t frames_to_do(const VideoInfo& info, const VideoOptions& options);

// A frame with its result.  Images are empty unless the options ask for them.
struct DoneFrame {
  FrameResult result; // without source and key
  BgrImage image, drawn;
};

// Calls done(frame, progress) for every frame, in order, from the calling thread.  Decoding, the networks, drawing and done() overlap.  The memory of
// waiting frames is bounded by kWaitingBytes.  Where the source breaks, all frames before are done first, then DataError is thrown; an error of the
// device is thrown likewise.  A live source drops the frames that come while others are computed.
inline constexpr std::size_t kWaitingBytes = std::size_t(256) << 20;
VideoProgress run_video(VideoReader& reader, PeopleStream& stream, const VideoRunOptions& options,
                        const std::function<void(DoneFrame&, const VideoProgress&)>& done);

} // namespace pose
