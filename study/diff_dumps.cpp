// Compares two dumps, tensor by tensor.
// SPDX-License-Identifier: MIT
#include "study/diff_common.h"
#include "study/heat_image.h"

namespace pose::study {

bool diff_dumps(const DiffOptions& options, const StopCallback& stop) {
  const LayerFilter filter(options.only);
  DiffReport report;
  report.tolerance = Tolerance::parse(options.tolerance);
  const TensorFile ours = open_dump(options.ours), reference = open_dump(options.reference);
  report.ours = side_of(ours);
  report.reference = side_of(reference);
  for (const TensorFile::Entry& entry : ours.entries()) { // all shapes are checked before the comparison
    if (filter.wants(entry.name) && find_layer(reference, entry.name, entry.shape, ours.path()) == nullptr) report.only_ours.push_back(entry.name);
  }
  for (const TensorFile::Entry& entry : reference.entries()) {
    if (filter.wants(entry.name) && ours.find(entry.name) == nullptr) report.only_reference.push_back(entry.name);
  }
  int depth = 0;
  for (const TensorFile::Entry& entry : ours.entries()) {
    if (wants_stop(stop)) {
      report.interrupted = true;
      break;
    }
    depth++;
    const TensorFile::Entry* other = filter.wants(entry.name) ? reference.find(entry.name) : nullptr;
    if (other == nullptr) continue;
    const std::vector<Chunk> chunks = chunks_of(checked_product(entry.name, entry.shape));
    const ChunkReader got = reader_of(ours, entry), want = reader_of(reference, *other);
    LayerDiff l;
    l.index = int(report.layers.size());
    l.name = entry.name;
    l.shape = entry.shape;
    l.total = compare_chunks(chunks, got, want, total_bounds(report.tolerance, depth, chunks, want));
    if (wants_heat_images(options)) l.heat_image = make_heat_image(l.shape, l.total.difference, got, want);
    report.layers.push_back(std::move(l));
    if (options.fail_fast && !report.layers.back().ok()) break;
  }
  for (const TensorFile* file : {&ours, &reference}) add_graph(file->metadata(), file->path(), report.layers);
  return finish_diff(report, options);
}

} // namespace pose::study
