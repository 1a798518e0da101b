// Darknet's weights.
// SPDX-License-Identifier: MIT
#include "fuzz/memory_file.h"
#include "weights/darknet.h"

namespace pose::fuzz {
namespace {

// The parameters of a convolution with batch norm, and of a fully connected layer.
const std::vector<ParamSpec>& specs() {
  static const std::vector<ParamSpec> all = {{"a.beta", {2}, Role::beta},
                                             {"a.gamma", {2}, Role::gamma},
                                             {"a.mean", {2}, Role::mean},
                                             {"a.var", {2}, Role::var},
                                             {"a.weight", {2, 1, 1, 1}, Role::weight},
                                             {"b.bias", {1}, Role::bias},
                                             {"b.weight", {1, 2, 1, 1}, Role::weight, {StoredOrder::transposed_above_1000, 2}}};
  return all;
}

std::string read(View bytes) {
  static MemoryFile file;
  const WeightStore store = read_darknet(file.write(bytes), specs());
  return std::to_string(store.params().size()) + " parameters";
}

// Gives the file the length that its header asks for.
void repair(Bytes& bytes) {
  std::size_t size = 16;
  if (bytes.size() >= 16 && bytes[4] >= 2) size = 20;
  for (const ParamSpec& spec : specs()) size += std::size_t(spec.count()) * sizeof(float);
  bytes.resize(size);
}

const Registration registration({"darknet_weights", {16 << 10, 4}, read, nullptr, repair});

} // namespace
} // namespace pose::fuzz
