// Implements alphapose_writer.h on top of postprocess/json: the text of each image is that of format_results() or format_image().
// SPDX-License-Identifier: MIT
#include "results/alphapose_writer.h"

#include "tensor/error.h"
#include "tensor/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

namespace pose {

namespace {

constexpr std::string_view kComma = ", ";

std::string_view view_of(std::span<const std::byte> bytes, std::int64_t begin, std::int64_t end) {
  return {reinterpret_cast<const char*>(bytes.data()) + begin, std::size_t(end - begin)};
}

} // namespace

std::string alphapose_name(const FrameResult& frame) {
  return frame.time ? fmt::format("{}.jpg", frame.frame) : std::filesystem::path(frame.source).filename().string();
}

std::string sep_json_name(const std::string& image) {
  return fitting_name(sep_json_stem(image), ".json");
}

AlphaposeWriter::AlphaposeWriter(const std::string& path, JsonFormat format, std::string sep_json)
    : path_(path), format_(format), sep_json_(std::move(sep_json)), file_(path) {
  const bool list = format == JsonFormat::coco;
  if (!list) {
    head_ = format_image({}, format);
    tail_ = head_.substr(head_.rfind(']'));
    head_.resize(head_.size() - tail_.size());
  }
  write(list ? "[" : "{");
}

void AlphaposeWriter::write(std::string_view text) {
  file_.write(std::as_bytes(std::span(text)));
}

void AlphaposeWriter::add(const FrameResult& frame) {
  ImageResult image{alphapose_name(frame), {}};
  for (const ResultPerson& p : frame.people) image.people.push_back(p.person);
  add(image);
}

void AlphaposeWriter::add(const ImageResult& image) {
  if (image.people.empty()) return;
  torn_ = true; // until all of it is written
  put(image);
  torn_ = false;
}

void AlphaposeWriter::put(const ImageResult& image) {
  if (file_.size() > 1) write(kComma);
  if (format_ == JsonFormat::coco) {
    const std::string list = format_results({image}, format_);
    write(std::string_view(list).substr(1, list.size() - 2));
    return;
  }
  const std::string name = python_string(image.name), text = format_image(image, format_);
  Entry entry{hash64(std::as_bytes(std::span(name))), file_.size()};
  write(name + ": ");
  entry.people = file_.size() + std::int64_t(head_.size());
  write(text);
  entry.end = file_.size() - std::int64_t(tail_.size());
  entries_.push_back(entry);
  if (sep_json_.empty()) return;
  sep_files_.push_back((std::filesystem::path(sep_json_) / sep_json_name(image.name)).string());
  write_file(sep_files_.back(), text);
}

bool AlphaposeWriter::repeats_names() const {
  std::vector<std::uint64_t> hashes;
  for (const Entry& entry : entries_) hashes.push_back(entry.name_hash);
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

void AlphaposeWriter::finish() {
  if (torn_) fail("{}: expected all results, found one that could not be written", path_);
  write(format_ == JsonFormat::coco ? "]" : "}");
  file_.commit();
  if (repeats_names()) merge();
}

// Writes the file again, with the people of all images of a name in the entry of the first one.
void AlphaposeWriter::merge() const {
  const std::shared_ptr<const MappedFile> old = MappedFile::open(path_);
  const auto name_of = [&](const Entry& e) { return view_of(old->bytes(), e.name, e.people); };
  std::map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < entries_.size(); ++i) places[name_of(entries_[i])].push_back(i);

  AtomicFile merged(path_);
  const auto put = [&](std::string_view text) { merged.write(std::as_bytes(std::span(text))); };
  put("{");
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::vector<std::size_t>& same = places[name_of(entries_[i])];
    if (same.front() != i) continue;
    std::string text(name_of(entries_[i]));
    const std::size_t inner = text.size() - head_.size();
    for (const std::size_t k : same) {
      if (k != i) text += kComma;
      text += view_of(old->bytes(), entries_[k].people, entries_[k].end);
    }
    text += tail_;
    if (i > 0) put(kComma);
    put(text);
    if (!sep_files_.empty()) write_file(sep_files_[i], text.substr(inner)); // all of them, since a later image of the same file overwrites
  }
  put("}");
  old->check();
  merged.commit();
}

} // namespace pose
