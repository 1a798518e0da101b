// Reads the input of a net: a tensor, or an image with its preprocessing stages.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "tensor/chunks.h"

#include <functional>
#include <string>
#include <vector>

namespace pose::study {

// Writes the values of a chunk to the float array.
using ChunkReader = std::function<void(const Chunk&, float*)>;

// A preprocessing stage: the image between the file and the net's input, [1, 3, h, w].
struct Stage {
  std::string name;
  Shape shape;
  ChunkReader read;
};

struct NetInput {
  std::string source;
  Shape shape;               // n: batch size
  std::vector<float> values; // [n, c, h, w]
  std::vector<Stage> stages; // of an image, in order
};

// Reads an input.  X.npy is the tensor itself, [n, c, h, w], of any type whose values float32 can represent.  Other files are images, preprocessed as
// `pose` and `detect` do it.  For a pose network, the whole image is the box.  Throws DataError.  The stages of an image:
//   `pre/picture`    as decoded: B, G, R from 0 to 255
//   `pre/letterbox`  square detectors: the canvas, B, G, R from 0 to 255
//   `pre/crop`       pose networks: the crop before mean and std, R, G, B from 0 to 1
NetInput read_input(const std::string& path, const Graph& graph);

// Returns the XXH64 of the values, float32 in the order [n, c, h, w], as 16 hexadecimal digits.
std::string hash_text(const NetInput& input);

} // namespace pose::study
