// The people of frames in memory, as a camera delivers them: pose_stream [DETECTOR]
// SPDX-License-Identifier: MIT
#include <alphapose/pose.h>

#include <cstdio>

// Simulates a camera: RGB rows that are padded to 64 bytes.
struct Camera {
  static constexpr int height = 240, width = 320, stride = (width * 3 + 63) / 64 * 64;
  std::vector<std::uint8_t> frame = std::vector<std::uint8_t>(height * stride);

  void next(int number) {
    for (std::size_t i = 0; i < frame.size(); i++) frame[i] = static_cast<std::uint8_t>(i * 7 + static_cast<std::size_t>(number));
  }
};

int main(int argc, char** argv) {
  try {
    alphapose::Pose pose({.detector = argc > 1 ? argv[1] : "", .input_size = 320}); // a smaller detector input is faster
    Camera camera;
    for (int i = 0; i < 3; i++) {
      camera.next(i);
      const alphapose::ImageView view{camera.frame.data(), Camera::height, Camera::width, Camera::stride, alphapose::PixelFormat::rgb};
      const std::vector<alphapose::Person> people = pose(view); // the view is borrowed during this call only
      std::printf("frame %d: %zu people\n", i, people.size());
    }
  } catch (const alphapose::Error& e) {
    return std::fprintf(stderr, "pose_stream: %s\n", e.what()), 1;
  }
}
