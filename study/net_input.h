// What a net gets to see: numbers from a file, or a picture with the stages on its way to numbers.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/graph.h"
#include "tensor/chunks.h"

#include <functional>
#include <string>
#include <vector>

namespace pose::study {

// Writes the numbers of one piece.
using ChunkReader = std::function<void(const Chunk&, float*)>;

// A picture between the file and the net's input, [1, 3, h, w].
struct Stage {
  std::string name;
  Shape shape;
  ChunkReader read;
};

struct NetInput {
  std::string source;
  Shape shape;               // n pictures
  std::vector<float> values; // [n, c, h, w]
  std::vector<Stage> stages; // of a picture, in order
};

// X.npy: the input itself, [n, c, h, w] of any type whose values float32 holds.  Else a picture, pre-processed as `pose` and `detect` do it; a pose
// network gets the whole picture as its box.  Its stages:
//   pre/picture    as decoded: B, G, R from 0 to 255
//   pre/letterbox  square detectors: the canvas, B, G, R from 0 to 255
//   pre/crop       pose networks: the crop before mean and std, R, G, B from 0 to 1
// Throws DataError.
NetInput read_input(const std::string& path, const Graph& graph);

// XXH64 of the values as float32 in [n, c, h, w], as 16 hexadecimal digits.
std::string hash_text(const NetInput& input);

} // namespace pose::study
