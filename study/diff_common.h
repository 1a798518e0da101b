// Shared by both kinds of `layers diff`: reading the reference, comparing one layer, and the output.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/diff.h"
#include "study/diff_report.h"
#include "study/layer_filter.h"
#include "weights/tensor_file.h"

namespace pose::study {

// Opens a dump.  Throws DataError where TensorFile throws Error.
TensorFile open_dump(const std::string& path);

// Returns a reader of the values of an entry.  Throws DataError.
ChunkReader reader_of(const TensorFile& file, const TensorFile::Entry& entry);

// Returns the file's layer of that name; null when it has none.  Throws DataError when its shape is not `sides`, the shape of the layer in `whose`.
const TensorFile::Entry* find_layer(const TensorFile& file, const std::string& name, const std::vector<std::int64_t>& sides,
                                    const std::string& whose);

// Returns the dump's title, path and metadata.
DiffSide side_of(const TensorFile& file);

// Sets op and inputs, from the metadata of a dump, of layers whose op is empty.  Throws DataError for malformed metadata.
void add_graph(const std::map<std::string, std::string>& metadata, const std::string& source, std::vector<LayerDiff>& layers);

// Returns the statistics of all chunks; an error is measured in units of `bounds`.
Summary compare_chunks(const std::vector<Chunk>& chunks, const ChunkReader& ours, const ChunkReader& reference, const ChunkBounds& bounds);

// Returns the bounds for the total error of the layer at `depth`.
ChunkBounds total_bounds(const Tolerance& tolerance, int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference);

// Returns true when the output holds heat images of the worst channels.
bool wants_heat_images(const DiffOptions& options);

// Prints the table and writes the files of the options.  Returns true when there is no difference.  Throws DataError, or InputError where --only
// matches nothing, when no layer was compared.
bool finish_diff(const DiffReport& report, const DiffOptions& options);

} // namespace pose::study
