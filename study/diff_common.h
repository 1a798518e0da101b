// What both kinds of `layers diff` share: reading the reference, comparing one layer, ending.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/diff.h"
#include "study/diff_report.h"
#include "study/layer_filter.h"
#include "weights/tensor_file.h"

namespace pose::study {

// TensorFile, with DataError for its errors.
TensorFile open_dump(const std::string& path);

// The numbers of one of the dump's tensors.
ChunkReader reader_of(const TensorFile& file, const TensorFile::Entry& entry);

// The file's layer of that name, null when it has none; DataError when it has another shape than `sides`, which `whose` layer has.
const TensorFile::Entry* find_layer(const TensorFile& file, const std::string& name, const std::vector<std::int64_t>& sides,
                                    const std::string& whose);

// What the dump says of itself.
DiffSide side_of(const TensorFile& file);

// Gives layers that have none their op and inputs, as the metadata of a dump has them.
void add_graph(const std::map<std::string, std::string>& metadata, const std::string& source, std::vector<LayerDiff>& layers);

Summary compare_chunks(const std::vector<Chunk>& chunks, const ChunkReader& ours, const ChunkReader& reference, const ChunkBounds& bounds);

// Bounds for a layer as the net ran, at `depth`.
ChunkBounds total_bounds(const Tolerance& tolerance, int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference);

// Are pictures of the worst channels wanted?
bool wants_pictures(const DiffOptions& options);

// Writes what the options ask for, prints the table, returns whether there is no difference.  DataError when nothing was compared.
bool finish_diff(const DiffReport& report, const DiffOptions& options);

} // namespace pose::study
