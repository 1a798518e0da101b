// Implements view.h.
// SPDX-License-Identifier: MIT
#include "serve/view.h"

#include "results/jsonl.h"
#include "serve/frame_json.h"
#include "serve/http.h"
#include "serve/line_index.h"
#include "serve/media.h"
#include "serve/page.h"
#include "tensor/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;

namespace pose::serve {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostFrames = 64;        // of a reply
constexpr std::size_t kMostBytes = 8 << 20;     // of their lines
constexpr std::int64_t kChartLines = 400;       // of the chart, one line each
constexpr std::size_t kSampledBytes = 64 << 20; // of their lines

double seconds_param(const HttpRequest& request) {
  const auto found = request.params.find("time");
  const double seconds = found == request.params.end() ? NAN : std::strtod(found->second.c_str(), nullptr);
  if (!std::isfinite(seconds)) throw InputError("time: expected seconds");
  return seconds;
}

std::string base_name(const std::string& path) {
  return fs::path(path).filename().string();
}

} // namespace

struct View::Impl {
  explicit Impl(const ViewOptions& given) : options(given), index(given.results) {}

  ViewOptions options;
  LineIndex index;
  std::unique_ptr<HttpServer> http; // last: its threads use the members above

  HttpReply answer(const HttpRequest& request);
  HttpReply info();
  HttpReply frames(const HttpRequest& request) const;
  HttpReply counts(const HttpRequest& request) const;
  HttpReply media(const HttpRequest& request) const;

  FrameResult result_of(std::int64_t source, std::int64_t number, std::size_t& bytes) const;
  std::string media_of(std::int64_t source, std::int64_t number) const;
  std::int64_t lines_of(std::int64_t source) const;
};

HttpReply View::Impl::answer(const HttpRequest& request) {
  if (request.path == "/") return page_reply();
  if (request.path == "/api/info") return info();
  if (request.path == "/api/frames") return frames(request);
  if (request.path == "/api/counts") return counts(request);
  if (request.path == "/media") return media(request);
  return text_reply(404, "no such page\n");
}

// Returns the result of a line.  One that cannot be read becomes a frame with an error.
FrameResult View::Impl::result_of(std::int64_t source, std::int64_t number, std::size_t& bytes) const {
  const std::string text = index.line(source, number);
  bytes += text.size();
  try {
    return parse_line(text, fmt::format("{}: frame {} of the source", options.results, number));
  } catch (const DataError& e) {
    FrameResult broken;
    broken.error = e.what();
    return broken;
  }
}

std::int64_t View::Impl::lines_of(std::int64_t source) const {
  const std::vector<LineIndex::Source> sources = index.sources();
  if (source >= std::int64_t(sources.size())) fail<InputError>("source: expected one of {}, found {}", sources.size(), source);
  return sources[std::size_t(source)].lines;
}

// Returns the path of the clip or image of a line, "" without one.
std::string View::Impl::media_of(std::int64_t source, std::int64_t number) const {
  std::size_t bytes = 0;
  const std::string name = result_of(source, number, bytes).source;
  const bool only = index.sources().size() == 1;
  if (!options.clip.empty() && (only || base_name(name) == base_name(options.clip))) return options.clip;
  return find_media(name, options.results);
}

HttpReply View::Impl::info() {
  index.update();
  json reply = {{"mode", "view"}, {"file", base_name(options.results)}, {"broken", index.broken()}, {"sources", json::array()}};
  for (const LineIndex::Source& source : index.sources())
    reply["sources"].push_back({{"name", source.name}, {"images", source.images}, {"lines", source.lines}});
  return {.body = reply.dump(-1, ' ', false, json::error_handler_t::replace)};
}

// Replies with frames from line `from` on, or from the line that is shown at `time` on.
HttpReply View::Impl::frames(const HttpRequest& request) const {
  const std::int64_t source = number_param(request, "source"), lines = lines_of(source);
  const std::int64_t from = request.params.count("time") != 0 ? index.line_at(source, seconds_param(request)) : number_param(request, "from");
  const std::int64_t end = std::min(lines, std::min(from, lines) + std::min(number_param(request, "count"), kMostFrames));
  std::string body = fmt::format("{{\"from\":{},\"frames\":[", from);
  std::size_t bytes = 0;
  for (std::int64_t i = from; i < end && bytes < kMostBytes; i++) {
    if (i > from) body += ',';
    body += frame_json(result_of(source, i, bytes));
  }
  return {.body = body + "]}"};
}

// Replies with [line, people] of lines at equal distances.
HttpReply View::Impl::counts(const HttpRequest& request) const {
  const std::int64_t source = number_param(request, "source"), lines = lines_of(source);
  const std::int64_t step = std::max<std::int64_t>(1, (lines + kChartLines - 1) / kChartLines);
  json counts = json::array();
  std::size_t bytes = 0;
  for (std::int64_t i = 0; i < lines && bytes < kSampledBytes; i += step) counts.push_back({i, result_of(source, i, bytes).people.size()});
  return {.body = json{{"counts", counts}, {"lines", lines}}.dump()};
}

HttpReply View::Impl::media(const HttpRequest& request) const {
  const std::int64_t source = number_param(request, "source"), line = number_param(request, "line");
  if (line >= lines_of(source)) fail<InputError>("line: expected one of {}, found {}", lines_of(source), line);
  const std::string path = media_of(source, line);
  if (path.empty()) return text_reply(204, ""); // no error: browsers would write it to their console
  return {.type = media_type(path), .file = path};
}

View::View(const ViewOptions& options) : impl_(std::make_unique<Impl>(options)) {
  Impl& impl = *impl_;
  const Address address = parse_address(options.address);
  if (!options.clip.empty() && media_type(options.clip).empty()) fail<InputError>("{}: expected a clip (MP4, WebM, AVI ...)", options.clip);
  impl.http = std::make_unique<HttpServer>(address, [&impl](const HttpRequest& request) { return impl.answer(request); });
}

View::~View() = default;

std::string View::url() const {
  return url_of(impl_->http->address());
}

bool View::loopback() const {
  return impl_->http->address().loopback();
}

std::string View::summary() const {
  const std::vector<LineIndex::Source> sources = impl_->index.sources();
  std::int64_t lines = 0;
  for (const LineIndex::Source& source : sources) lines += source.lines;
  const std::int64_t broken = impl_->index.broken();
  std::string text = fmt::format("{}: {} frames of {} {}", impl_->options.results, lines, sources.size(), sources.size() == 1 ? "source" : "sources");
  if (broken > 0) text += fmt::format(", {} lines are not results", broken);
  if (lines > 0) {
    const std::string path = impl_->media_of(0, 0);
    text += path.empty() ? ", clip not found (--clip names it)" : fmt::format(", {}", path);
  }
  return one_line(text);
}

} // namespace pose::serve
