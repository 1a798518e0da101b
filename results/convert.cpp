// Implements convert.h: one writer for each format, and the loop over the lines.
// SPDX-License-Identifier: MIT
#include "results/convert.h"

#include "results/alphapose_writer.h"
#include "results/frame_reader.h"
#include "results/number.h"
#include "tensor/error.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>

namespace pose {

namespace {

// Writes the people of one line after the other.
class PeopleWriter {
public:
  virtual ~PeopleWriter() = default;
  virtual void add(const FrameResult& frame) = 0;
  virtual void finish() = 0;
};

class AlphaposeFormat : public PeopleWriter {
public:
  AlphaposeFormat(const std::string& path, JsonFormat format) : writer_(path, format) {}
  void add(const FrameResult& frame) override { writer_.add(frame); }
  void finish() override { writer_.finish(); }

private:
  AlphaposeWriter writer_;
};

void put(AtomicFile& file, std::string_view text) {
  file.write(std::as_bytes(std::span(text)));
}

// Returns the image_id of COCO's results: the number that names the image, else its name.
std::string coco_image_id(const std::string& name) {
  const std::string stem = std::filesystem::path(name).stem().string();
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), id);
  const bool number = error == std::errc() && end == stem.data() + stem.size() && stem.front() != '-';
  return number ? std::to_string(id) : strict_string(name);
}

// COCO's result format (cocodataset.org, "Results Format").
class CocoResults : public PeopleWriter {
public:
  explicit CocoResults(const std::string& path) : file_(path) { put(file_, "["); }

  void add(const FrameResult& frame) override {
    const std::string id = coco_image_id(alphapose_name(frame));
    std::string text;
    for (const ResultPerson& p : frame.people) {
      text += first_ ? "\n" : ",\n";
      first_ = false;
      text += "{\"image_id\":" + id + ",\"category_id\":1,\"bbox\":[";
      const Box& box = p.person.box;
      for (const float value : {box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1}) append(text, value);
      text.back() = ']';
      text += ",\"keypoints\":[";
      const Person person = with_joints(p.person, coco_joints());
      for (std::size_t k = 0; k < kJoints; ++k) {
        for (const float value : {person.joints[k].x, person.joints[k].y, person.scores[k]}) append(text, value);
      }
      text.back() = ']';
      text += ",\"score\":";
      append_number(text, p.person.proposal_score);
      text += '}';
    }
    put(file_, text);
  }

  void finish() override {
    put(file_, "\n]\n");
    file_.commit();
  }

private:
  static void append(std::string& text, float value) {
    append_number(text, value);
    text += ',';
  }

  AtomicFile file_;
  bool first_ = true;
};

// Returns a field as RFC 4180 has it.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// A table with one row a person.  Numbers that are missing are empty fields.  The columns are the keypoints of the first person.
class CsvTable : public PeopleWriter {
public:
  explicit CsvTable(const std::string& path) : file_(path) {}

  void add(const FrameResult& frame) override {
    if (set_ == nullptr && !frame.people.empty()) begin(frame.people[0].person.set);
    std::string start = csv_field(frame.source) + fmt::format(",{},", frame.frame);
    if (frame.time) append_number(start, *frame.time);
    start += fmt::format(",{},{},{},", frame.width, frame.height, frame.detected);
    std::string text;
    for (const ResultPerson& p : frame.people) {
      text += start;
      if (p.id > 0) text += std::to_string(p.id);
      const Box& box = p.person.box;
      for (const float value : {p.person.proposal_score, p.person.box_score, box.x1, box.y1, box.x2, box.y2}) append(text, value);
      const Person person = with_joints(p.person, set_);
      for (std::size_t k = 0; k < set_->size(); ++k) {
        for (const float value : {person.joints[k].x, person.joints[k].y, person.scores[k]}) append(text, value);
      }
      text += "\r\n";
    }
    put(file_, text);
  }

  void finish() override {
    if (set_ == nullptr) begin(coco_joints());
    file_.commit();
  }

private:
  void begin(const JointSetRef& set) {
    set_ = set;
    std::string head = "source,frame,time,width,height,detected,id,score,box_score,x1,y1,x2,y2";
    for (const std::string& name : set->names) {
      for (const char* value : {"x", "y", "score"}) head += "," + csv_field(name + "_" + value);
    }
    put(file_, head + "\r\n");
  }

  static void append(std::string& text, float value) {
    text += ',';
    append_number(text, value, "");
  }

  AtomicFile file_;
  JointSetRef set_; // null: before the first person
};

using MakeWriter = std::unique_ptr<PeopleWriter> (*)(const std::string& path);

template <JsonFormat format> std::unique_ptr<PeopleWriter> make_alphapose(const std::string& path) {
  return std::make_unique<AlphaposeFormat>(path, format);
}

template <class Writer> std::unique_ptr<PeopleWriter> make(const std::string& path) {
  return std::make_unique<Writer>(path);
}

const std::map<std::string, MakeWriter>& writers() {
  static const std::map<std::string, MakeWriter> all = {{"coco", make_alphapose<JsonFormat::coco>},
                                                        {"cmu", make_alphapose<JsonFormat::cmu>},
                                                        {"open", make_alphapose<JsonFormat::open>},
                                                        {"coco-results", make<CocoResults>},
                                                        {"csv", make<CsvTable>}};
  return all;
}

} // namespace

std::vector<std::string> conversion_names() {
  std::vector<std::string> names;
  for (const auto& [name, writer] : writers()) names.push_back(name);
  return names;
}

Converted convert(const std::string& in, const std::string& out, const ConvertOptions& options) {
  const auto found = writers().find(options.to);
  if (found == writers().end()) fail<InputError>("format: expected one of {}, found {}", fmt::join(conversion_names(), ", "), options.to);
  FrameReader reader(in, options.stop);
  const std::unique_ptr<PeopleWriter> writer = found->second(out);
  Converted converted;
  std::string clip; // the first one
  while (std::optional<FrameResult> frame = reader.read()) {
    if (options.stop && options.stop()) fail<Interrupted>("{}: interrupted", in);
    ++converted.lines;
    converted.people += std::int64_t(frame->people.size());
    if (frame->time && clip.empty()) clip = frame->source;
    if (frame->time && converted.clashes.empty() && frame->source != clip) converted.clashes = frame->source;
    for (ResultPerson& p : frame->people) {
      if (options.smooth && p.smooth) p.person.joints = *p.smooth;
    }
    writer->add(*frame);
  }
  writer->finish();
  converted.torn = reader.torn();
  return converted;
}

} // namespace pose
