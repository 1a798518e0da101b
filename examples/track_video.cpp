// The people of a clip with ids that last, frame by frame: track_video CLIP [DETECTOR]
// SPDX-License-Identifier: MIT
#include <alphapose/video.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: track_video CLIP [DETECTOR]\n"), 2;
  try {
    alphapose::VideoOptions options;
    options.pose.detector = argc > 2 ? argv[2] : "";
    options.detect_every = 5; // follows people between two runs of the detector
    options.smooth = true;
    alphapose::Video video(argv[1], options);
    while (const std::optional<alphapose::VideoFrame> frame = video.next()) {
      for (const alphapose::TrackedPerson& p : frame->people) {
        const alphapose::Keypoint& wrist = p.smooth[static_cast<std::size_t>(alphapose::KeypointId::left_wrist)];
        std::printf("%.3f s  person %d  left wrist %.1f %.1f\n", frame->seconds, p.id, wrist.x, wrist.y);
      }
    }
  } catch (const alphapose::Error& e) {
    return std::fprintf(stderr, "track_video: %s\n", e.what()), 1;
  }
}
