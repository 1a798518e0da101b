// Implements device_net.h.
// SPDX-License-Identifier: MIT
#include "tests/nets/device_net.h"

#include "nets/plan.h"
#include "tensor/tensor.h"
#include "weights/synthetic.h"

#include <random>

namespace pose {

std::vector<float> random_pictures(const Graph& graph, int pictures) {
  std::vector<float> values(std::size_t(graph[0].shape.count() * pictures));
  std::mt19937_64 random(3);
  for (float& v : values) v = float(random() % 2001) / 1000 - 1;
  return values;
}

std::vector<float> run_on_device(DevicePlan& plan, Stream& stream, const std::vector<float>& nchw, int pictures) {
  plan.write_input(nchw.data(), pictures, stream);
  plan.enqueue(pictures, stream);
  std::vector<float> all;
  for (int id : plan.graph().outputs) {
    const std::vector<float> one = plan.read(id, pictures, stream);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::vector<float> run_on_device(const Graph& graph, const DevicePlanOptions& options, int pictures) {
  Gpu gpu(kEmulated);
  const WeightStore weights = random_weights(graph.params(), 1);
  DevicePlan plan(graph, weights, options, gpu);
  Stream stream(gpu);
  return run_on_device(plan, stream, random_pictures(graph, pictures), pictures);
}

std::vector<float> run_on_cpu(const Graph& graph, int pictures, bool fuse) {
  Plan plan(graph, random_weights(graph.params(), 1), {Target::ref, pictures, 1, fuse, false});
  from_nchw(random_pictures(graph, pictures).data(), plan.input(pictures));
  Pool pool(1);
  plan.run(pictures, pool);
  std::vector<float> all;
  for (int k = 0; k < int(graph.outputs.size()); k++) {
    const View<const float> v = plan.output(k);
    const std::size_t begin = all.size();
    all.resize(begin + std::size_t(v.shape.count()));
    if (v.rows())
      std::copy_n(v.data, v.shape.count(), all.data() + begin);
    else
      to_nchw(v, all.data() + begin);
  }
  return all;
}

} // namespace pose
