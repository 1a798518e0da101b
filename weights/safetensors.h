// safetensors files (huggingface/safetensors: 8-byte little-endian header length, JSON header, data).
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/file.h"
#include "weights/store.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace pose {

// Weights must be finite; dumps of activations are read as they are.
enum class Values { finite, any };

// Maps the file; a tensor that does not start on a multiple of 4 bytes is copied.  F32 only, except that integer tensors named
// *.num_batches_tracked are passed over.
// Strict: header length within the file and below 100 MB, names unique, dtype known, shape bytes == span bytes, spans in the
// data part, no overlap and no gap.  Throws Error naming file, tensor, expected, found.
Store read_safetensors(const std::string& path, Values values = Values::finite);

// Writes tensors one after another, so that a dump never holds more than one.  The header needs all names and shapes first.
// The file appears under its name when finish() has returned.
class SafetensorsWriter {
public:
  SafetensorsWriter(std::string path, std::vector<ParamSpec> specs, const std::map<std::string, std::string>& metadata = {});

  void write(std::span<const float> values); // the next tensor, in the order of specs; throws Error (full disk, wrong size)
  void finish();                             // throws Error when a tensor is missing

private:
  AtomicFile file_;
  std::vector<ParamSpec> specs_;
  std::size_t next_ = 0;
};

} // namespace pose
