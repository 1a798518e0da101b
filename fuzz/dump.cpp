// Dumps of layers: named tensors in npz or safetensors files, and the list of layers in the metadata.
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"
#include "fuzz/memory_file.h"
#include "study/diff_common.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

// Reads all values of all tensors.
std::string values_of(const TensorFile& file) {
  std::vector<float> values;
  for (const TensorFile::Entry& entry : file.entries()) {
    const TensorNumbers numbers = file.numbers(entry);
    values.resize(std::size_t(checked_product(entry.name, entry.shape)));
    numbers.read(0, values);
  }
  return fmt::format("{} tensors", file.entries().size());
}

std::string read_npz_dump(View bytes) {
  static MemoryFile file("dump.npz");
  return values_of(study::open_dump(file.write(bytes)));
}

std::string read_safetensors_dump(View bytes) {
  static MemoryFile file("dump.safetensors");
  return values_of(study::open_dump(file.write(bytes)));
}

// The input is the metadata `layers`.
std::string read_layers(View bytes) {
  std::vector<study::LayerDiff> layers(2);
  layers[0].name = "a";
  layers[1].name = "b";
  study::add_graph({{"layers", as_text(bytes)}}, "input", layers);
  return fmt::format("{}{}", layers[0].op.size(), layers[1].inputs.size());
}

const Registration npz({"dump_npz", {256 << 10, 8800}, read_npz_dump});
const Registration safetensors({"dump_safetensors", {256 << 10, 256}, read_safetensors_dump});
const Registration layers({"dump_layers", {64 << 10, 512}, read_layers, edit_json});

} // namespace
} // namespace pose::fuzz
