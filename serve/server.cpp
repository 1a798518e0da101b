// Implements server.h.
// SPDX-License-Identifier: MIT
#include "serve/server.h"

#include "image/formats.h"
#include "serve/frame_json.h"
#include "serve/history.h"
#include "serve/http.h"
#include "serve/page.h"
#include "tensor/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace pose::serve {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kLongestSide = 1280, kQuality = 80;
constexpr std::chrono::milliseconds kShortestGap(33), kWatched(3000), kLongestWait(1000);
constexpr std::size_t kChartSamples = 1000; // of the chart

// Returns one pixel of each k x k block, with the least k that keeps both sides within the limit.
BgrImage reduced(const BgrImage& image) {
  const int k = std::max(1, (std::max(image.h, image.w) + kLongestSide - 1) / kLongestSide);
  if (k == 1) return image;
  BgrImage small((image.h + k - 1) / k, (image.w + k - 1) / k);
  for (int y = 0; y < small.h; y++) {
    const std::uint8_t* from = image.row(y * k);
    std::uint8_t* to = small.row(y);
    for (int x = 0; x < small.w; x++, to += 3, from += 3 * k) std::copy_n(from, 3, to);
  }
  return small;
}

// A frame to show.  It is encoded once, by the first thread that needs it.
class Shown {
public:
  Shown(std::int64_t published, const BgrImage& image, const FrameResult& result) : number(published), image_(reduced(image)), result_(result) {}

  std::shared_ptr<const Record> encoded() {
    std::call_once(once_, [this] {
      std::string jpeg;
      if (image_.h > 0 && image_.w > 0) {
        const std::vector<std::uint8_t> bytes = encode_jpeg(image_, result_.source, kQuality);
        jpeg.assign(bytes.begin(), bytes.end());
      }
      record_ = std::make_shared<const Record>(Record{number, frame_json(result_), std::move(jpeg)});
      image_ = {};
    });
    return record_;
  }

  const std::int64_t number;

private:
  BgrImage image_;
  FrameResult result_;
  std::once_flag once_;
  std::shared_ptr<const Record> record_;
};

// Returns the length of the JSON as 4 bytes, least first, then the JSON, then the JPEG: image and people of one frame stay together.
HttpReply packed(const std::string& text, const std::string& jpeg) {
  std::string body;
  for (int shift = 0; shift < 32; shift += 8) body += char(text.size() >> shift & 255);
  return {.type = "application/octet-stream", .body = body + text + jpeg};
}

} // namespace

struct Server::Impl {
  explicit Impl(const ServeOptions& given) : options(given), records(given.record_bytes) {}

  ServeOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  bool closing = false;
  std::int64_t published = 0;
  std::shared_ptr<Shown> latest, to_record; // at most one waits to be recorded
  Rates rates;
  CountHistory counts;
  Records records;
  Clock::time_point last_watched{}, last_shown{}, last_recorded{};
  std::thread recorder;
  std::unique_ptr<HttpServer> http; // last: its threads use the members above

  HttpReply answer(const HttpRequest& request);
  HttpReply live(std::int64_t after);
  HttpReply history();
  HttpReply record(std::int64_t number);
  void keep_records();
};

HttpReply Server::Impl::answer(const HttpRequest& request) {
  if (request.path == "/") return page_reply();
  if (request.path == "/api/info") return {.body = R"({"mode":"live"})"};
  if (request.path == "/api/live") return live(number_param(request, "after"));
  if (request.path == "/api/history") return history();
  if (request.path == "/api/record") return record(number_param(request, "number"));
  return text_reply(404, "no such page\n");
}

// Waits for a frame after the given one.  A client gets the newest frame each time, so that a slow one skips frames and no queue grows.
HttpReply Server::Impl::live(std::int64_t after) {
  std::shared_ptr<Shown> frame;
  json head;
  {
    std::unique_lock lock(mutex);
    last_watched = Clock::now();
    changed.wait_for(lock, kLongestWait, [&] { return closing || (latest && latest->number != after); });
    if (latest && latest->number != after) frame = latest;
    head = {{"published", published}, {"rates", json::array()}};
    for (const auto& [stage, rate] : rates) head["rates"].push_back({stage, rate});
  }
  if (!frame) return packed(head.dump(-1, ' ', false, json::error_handler_t::replace), "");
  const std::shared_ptr<const Record> record = frame->encoded();
  head["number"] = record->number;
  std::string text = head.dump(-1, ' ', false, json::error_handler_t::replace);
  text.back() = ','; // joins the frame, whose JSON is ready
  return packed(text + "\"frame\":" + record->json + "}", record->jpeg);
}

HttpReply Server::Impl::history() {
  json reply = {{"records", json::array()}};
  std::vector<std::shared_ptr<const Record>> recorded;
  {
    const std::lock_guard lock(mutex);
    reply["published"] = published;
    reply["counts"] = counts.samples(kChartSamples);
    recorded = records.all();
  }
  for (const auto& one : recorded) reply["records"].push_back(one->number);
  return {.body = reply.dump()};
}

// Returns the record with this number, or the next one: it may have been dropped since the page learned of it.
HttpReply Server::Impl::record(std::int64_t number) {
  std::shared_ptr<const Record> found;
  {
    const std::lock_guard lock(mutex);
    const auto at =
        std::lower_bound(records.all().begin(), records.all().end(), number, [](const auto& one, std::int64_t n) { return one->number < n; });
    if (at != records.all().end()) found = *at;
  }
  if (!found) return text_reply(404, "no such record\n");
  return packed(fmt::format("{{\"number\":{},\"frame\":{}}}", found->number, found->json), found->jpeg);
}

// Encodes frames that are to be recorded.
void Server::Impl::keep_records() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return closing || to_record; });
    if (closing) return;
    const std::shared_ptr<Shown> frame = std::move(to_record);
    lock.unlock();
    std::shared_ptr<const Record> record;
    try {
      record = frame->encoded();
    } catch (const std::exception&) { // an image that cannot be a JPEG, or no memory: the run goes on without this record
    }
    lock.lock();
    if (record) records.add(std::move(record));
  }
}

Server::Server(const ServeOptions& options) : impl_(std::make_unique<Impl>(options)) {
  Impl& impl = *impl_;
  impl.http = std::make_unique<HttpServer>(parse_address(options.address), [&impl](const HttpRequest& request) { return impl.answer(request); });
  impl.recorder = std::thread([&impl] { impl.keep_records(); });
}

Server::~Server() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
  }
  impl_->changed.notify_all();
  impl_->recorder.join();
}

std::string Server::url() const {
  return url_of(impl_->http->address());
}

bool Server::loopback() const {
  return impl_->http->address().loopback();
}

void Server::publish(const BgrImage& image, const FrameResult& result, const Rates& rates) {
  Impl& impl = *impl_;
  const Clock::time_point now = Clock::now();
  bool show = false, record = false;
  std::int64_t number = 0;
  {
    const std::lock_guard lock(impl.mutex);
    number = ++impl.published;
    impl.counts.add(std::int64_t(result.people.size()));
    impl.rates = rates;
    const std::chrono::duration<double> gap(impl.options.record_seconds * impl.records.stride());
    record = impl.last_recorded == Clock::time_point() || now - impl.last_recorded >= gap;
    show = record || (now - impl.last_watched < kWatched && now - impl.last_shown >= kShortestGap);
  }
  if (!show) return;
  auto frame = std::make_shared<Shown>(number, image, result);
  {
    const std::lock_guard lock(impl.mutex);
    impl.latest = frame;
    impl.last_shown = now;
    if (record) {
      impl.last_recorded = now;
      impl.to_record = std::move(frame);
    }
  }
  impl.changed.notify_all();
}

} // namespace pose::serve
