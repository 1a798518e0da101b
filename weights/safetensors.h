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

// Weights must be finite; dumps of activations are read as they are.
enum class Values { finite, any };

// A mapped file whose header is proved against its length.
struct SafetensorsIndex {
  std::shared_ptr<const MappedFile> file;
  std::vector<SafetensorsEntry> entries; // in the order of their data
  std::span<const std::byte> data;       // what entries' begin and end count in
  std::map<std::string, std::string> metadata;
};

// Of tensors of any dtype.  Strict: header length within the file and below 100 MB, names unique, dtype known, shape bytes == span bytes, spans in
// the data part, no overlap and no gap.  Throws Error naming file, tensor, expected, found.
SafetensorsIndex index_safetensors(const std::string& path);

// Maps the file; a tensor that does not start on a multiple of 4 bytes is copied, F16 and BF16 are widened to the same float32.  Other types are
// refused, except that integer tensors named *.num_batches_tracked are passed over.  Strict as index_safetensors; throws Error naming file, tensor,
// expected, found.
WeightStore read_safetensors(const std::string& path, Values values = Values::finite);

// Writes tensors one after another, each in as many pieces as the caller likes, so that a dump never holds one.  The header needs all names and
// shapes first. The file appears under its name when finish() has returned.
class SafetensorsWriter {
public:
  SafetensorsWriter(std::string path, std::vector<ParamSpec> specs, const std::map<std::string, std::string>& metadata = {});

  void write(std::span<const float> values);  // the next tensor, in the order of specs; throws Error (full disk, wrong size)
  void append(std::span<const float> values); // the next values of the next tensor; throws Error (full disk, more than the tensor has)
  void finish();                              // throws Error when a value is missing

private:
  AtomicFile file_;
  std::vector<ParamSpec> specs_;
  std::size_t next_ = 0;     // tensor
  std::int64_t written_ = 0; // of its values
};

} // namespace pose
