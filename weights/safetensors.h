// safetensors files (huggingface/safetensors: 8-byte little-endian header length, JSON header, data).
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/file.h"
#include "weights/safetensors_header.h"
#include "weights/store.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace pose {

// Values that a file may contain: weights must be finite; dumps of activations may contain any value.
enum class Values { finite, any };

// A mapped file whose header has been validated against its length.
struct SafetensorsIndex {
  std::shared_ptr<const MappedFile> file;
  std::vector<SafetensorsEntry> entries; // in the order of their data
  std::span<const std::byte> data;       // the range that begin and end of an entry refer to
  std::map<std::string, std::string> metadata;
};

// Maps a file of tensors of any dtype.  Throws an Error that names file, tensor, expected and found.  Checks strictly: header length within the file
// and below 100 MB, names unique, dtype known, shape bytes == span bytes, spans in the data part without overlap or gap.
SafetensorsIndex index_safetensors(const std::string& path);

// Maps a file of weights.  A tensor that does not start at a multiple of 4 bytes is copied.  F16 and BF16 are widened to float32, which is exact.
// Other types are errors, except that integer tensors named *.num_batches_tracked are skipped.  Checks and throws as index_safetensors does.
WeightStore read_safetensors(const std::string& path, Values values = Values::finite);

// Writes tensors one after another, each in any number of parts, so that a dump never holds a whole tensor.  The header needs all names and shapes
// first.  The file gets its name when finish() returns.
class SafetensorsWriter {
public:
  SafetensorsWriter(std::string path, std::vector<ParamSpec> specs, const std::map<std::string, std::string>& metadata = {});

  void write(std::span<const float> values);  // writes the next tensor, in the order of specs; throws Error (full disk, wrong size)
  void append(std::span<const float> values); // writes the next values of the current tensor; throws Error (full disk, too many values)
  void finish();                              // throws Error when values are missing

private:
  AtomicFile file_;
  std::vector<ParamSpec> specs_;
  std::size_t next_ = 0;     // index of the current tensor
  std::int64_t written_ = 0; // values of it
};

} // namespace pose
