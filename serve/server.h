// `--serve`: a page that shows a running program's frames with skeletons, ids and frame rates, people over time, and what was recorded.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "results/frame_result.h"
#include "serve/address.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pose::serve {

struct ServeOptions {
  std::string address = "127.0.0.1:8000"; // as parse_address() reads it
  std::size_t record_bytes = 64 << 20;    // of the recorded frames
  double record_seconds = 1;              // between two recorded frames, at first
};

// Frames per second of each stage, in the order of the pipeline: {"decode", 31.2}, {"detect", 30.9} ...
using Rates = std::vector<std::pair<std::string, double>>;

class Server {
public:
  // Throws InputError with one line when the address is not valid or cannot be bound, and in builds without cpp-httplib.
  explicit Server(const ServeOptions& options = {});
  ~Server(); // waits for running replies, at most a few seconds
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Returns the page's address with the port that was bound.
  std::string url() const;
  // Returns whether other machines cannot reach the page.  Programs warn when it is false.
  bool loopback() const;

  // Shows a frame: the image without skeletons, since the page draws them, and its people.  Call it from one thread.  It never waits for a browser.
  // The image is copied, reduced to at most 1280 pixels a side, only when a browser is watching or a record is due, at most 30 times a second.
  void publish(const BgrImage& image, const FrameResult& result, const Rates& rates);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose::serve
