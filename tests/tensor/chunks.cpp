// Tests chunks: in order, complete, and the same numbers as to_nchw and from_nchw.
// SPDX-License-Identifier: MIT
#include "tensor/chunks.h"

#include "tensor/compare.h"
#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace pose;

namespace {

std::vector<float> counted(const Shape& shape) {
  std::vector<float> values(std::size_t(shape.count()));
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

} // namespace

TEST_CASE("chunks of a map are its planes in order") {
  for (const Shape& s :
       {Shape{2, 3, 5, 1}, Shape{1, 4, 4, 16}, Shape{3, 2, 7, 40}, Shape{1, 700, 700, 5}, Shape{1, 2000, 2000, 2}, Shape{1, 1, 1, 100}}) {
    std::int64_t next = 0;
    for (const Chunk& p : chunks_of(s, false)) {
      CHECK(p.first == next);
      CHECK(p.count == std::int64_t(p.channels) * s.h * s.w);
      CHECK((p.count <= kChunkFloats || p.channels == 1));
      CHECK(p.first == (std::int64_t(p.n) * s.c + p.channel) * s.h * s.w);
      next += p.count;
    }
    CHECK(next == s.count());
  }
  CHECK(chunks_of({0, 3, 3, 3}, false).empty());
  CHECK(chunks_of(0).empty());
  CHECK(chunks_of(2 * kChunkFloats + 1).size() == 3);
}

TEST_CASE("chunks of blocked and compact maps are [n, c, h, w]") {
  for (const auto& [shape, layout] :
       {std::pair(Shape{2, 3, 5, 3}, Layout::compact), {Shape{2, 4, 3, 3}, Layout::blocked}, {Shape{1, 5, 6, 37}, Layout::blocked}}) {
    const std::vector<float> want = counted(shape);
    Tensor map(shape, layout, 1);
    from_nchw(want.data(), map.view());
    std::vector<float> got(want.size());
    for (const Chunk& p : chunks_of(shape, false)) get_chunk(map.view(), false, p, got.data() + p.first);
    CHECK(compare(got, want, 0).ok());

    Tensor copy(shape, layout, 1);
    for (const Chunk& p : chunks_of(shape, false)) set_chunk(copy.view(), false, p, want.data() + p.first);
    const std::size_t floats = std::size_t(floats_of(map.view()));
    const std::span<const float> all(map.view().data - origin_of(map.view()), floats), copied(copy.view().data - origin_of(copy.view()), floats);
    CHECK(compare(copied, all, 0).ok()); // halo and padding lanes stay zero
  }
}

TEST_CASE("chunks of rows are the rows as they are stored") {
  const Shape shape{2, 1, 30, 7};
  const std::vector<float> want = counted(shape);
  Tensor rows(shape, Layout::rows);
  for (const Chunk& p : chunks_of(shape, true)) set_chunk(rows.view(), true, p, want.data() + p.first);
  CHECK(rows.view().at(1, 0, 2, 3) == want[(30 + 2) * 7 + 3]);
  std::vector<float> got(want.size());
  for (const Chunk& p : chunks_of(shape, true)) get_chunk(rows.view(), true, p, got.data() + p.first);
  CHECK(compare(got, want, 0).ok());
}
