// safetensors files (huggingface/safetensors: 8-byte little-endian header length, JSON header, data).
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/store.h"

#include <cstdio>
#include <span>
#include <utility>

namespace pose {

// Maps the file.  F32 only, except that integer tensors named *.num_batches_tracked are passed over.
// Strict: header length within the file and below 100 MB, names unique, dtype known, shape bytes == span bytes, spans in the
// data part, no overlap and no gap.  Throws Error naming file, tensor, expected, found.
Store read_safetensors(const std::string& path);

// Writes tensors one after another, so that a dump never holds more than one.  The header needs all names and shapes first.
// The file appears under its name only when finish() has returned: data go to PATH.part, renamed at the end.
class SafetensorsWriter {
public:
  SafetensorsWriter(std::string path, std::vector<ParamSpec> specs, const std::map<std::string, std::string>& metadata = {});
  ~SafetensorsWriter(); // removes the .part file when finish() was not reached
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  void write(std::span<const float> values); // the next tensor, in the order of specs; throws Error (full disk, wrong size)
  void finish();

private:
  std::string path_;
  std::vector<ParamSpec> specs_;
  std::size_t next_ = 0;
  std::FILE* file_ = nullptr;
};

} // namespace pose
