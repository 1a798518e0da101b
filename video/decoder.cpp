// Implements decoder.h.
// SPDX-License-Identifier: MIT
#include "video/decoder.h"

#include <algorithm>
#include <string_view>

namespace pose::ffmpeg {
namespace {

constexpr int kFailedReads = 100; // in a row; demuxers find their way after a few

AVStream& video_stream(Input& input) {
  AVStream* stream = input.select(AVMEDIA_TYPE_VIDEO);
  if (stream != nullptr) return *stream;
  const bool sound = input.select(AVMEDIA_TYPE_AUDIO) != nullptr;
  fail<DataError>("{}: expected a video stream, found {}", input.name(), sound ? "only sound" : "none");
}

Codec open_codec(const Input& input, const AVStream& stream, int threads) {
  const AVCodecID id = stream.codecpar->codec_id;
  const AVCodec* decoder = avcodec_find_decoder(id);
  if (decoder == nullptr) fail<DataError>("{}: expected a codec that this FFmpeg decodes, found {}", input.name(), avcodec_get_name(id));
  LogCatcher log;
  Codec codec(allocated(avcodec_alloc_context3(decoder)));
  int code = avcodec_parameters_to_context(codec.get(), stream.codecpar);
  codec->pkt_timebase = stream.time_base;
  codec->thread_count = threads;
  // Threads that decode a frame each hold frames back until later packets arrive.
  codec->thread_type = input.seekable() ? FF_THREAD_FRAME | FF_THREAD_SLICE : FF_THREAD_SLICE;
  if (code >= 0) code = avcodec_open2(codec.get(), decoder, nullptr);
  if (code < 0) fail<DataError>("{}: the decoder of {} does not start: {}", input.name(), decoder->name, reason(code, log.last()));
  return codec;
}

} // namespace

Decoder::Decoder(Input& input, int threads) : input_(input), stream_(video_stream(input)), codec_(open_codec(input, stream_, threads)) {}

bool Decoder::next(AVFrame& frame) {
  LogCatcher quiet;
  for (;;) {
    const int code = avcodec_receive_frame(codec_.get(), &frame);
    if (code == 0) {
      ++frames_;
      return true;
    }
    if (code == AVERROR_EOF) break;
    if (code == AVERROR(EAGAIN)) {
      feed();
      if (input_.watch().stopped()) return false;
    } else if (code == AVERROR(ENOMEM)) {
      throw std::bad_alloc();
    } else {
      ++broken_;
    }
  }
  if (!error_.empty()) fail<DataError>("{}: {}", input_.name(), error_);
  if (frames_ == 0 && broken_ > 0) fail<DataError>("{}: expected frames, found {} packets that cannot be decoded", input_.name(), broken_);
  return false;
}

// Sends the next packet to the decoder, or the end.
void Decoder::feed() {
  LogCatcher log;
  const int code = input_.read(*packet_);
  if (input_.watch().stopped()) return;
  if (code == AVERROR_INVALIDDATA && !input_.watch().late() && ++failed_reads_ < kFailedReads) {
    ++broken_;
    return;
  }
  if (code < 0) {
    end_input(code, code == AVERROR_EOF ? log.last_of_demuxer() : log.last());
    avcodec_send_packet(codec_.get(), nullptr);
    return;
  }
  failed_reads_ = 0;
  // Only at the end of a file is a packet partial; MPEG-TS marks packets with any damage.
  last_was_partial_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && (input_.context().iformat->flags & AVFMT_TS_DISCONT) == 0;
  if (packet_->pos >= 0) end_byte_ = packet_->pos + packet_->size;
  if (packet_->dts != AV_NOPTS_VALUE) end_ = packet_->dts + std::max<std::int64_t>(packet_->duration, 0);
  const int sent = last_was_partial_ ? AVERROR_INVALIDDATA : avcodec_send_packet(codec_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (sent == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (sent < 0) ++broken_;
}

// Sets the error to throw after the frames that the decoder still holds.
void Decoder::end_input(int code, const std::string& log) {
  if (input_.watch().late()) {
    error_ = "expected data within 30 seconds, found none";
  } else if (code != AVERROR_EOF) {
    error_ = fmt::format("the stream breaks off: {}", reason(code, log));
  } else if (const std::string& text = log.empty() ? input_.end_message() : log; !text.empty() || ends_early()) {
    error_ = fmt::format("expected more data, found the end of the file{}", text.empty() ? "" : " (" + text + ")");
  }
}

// Most demuxers report the end of a truncated file as an error in their log.  The one of AVI does not, but its header has the exact duration.  The
// one of YUV4MPEG2 drops a partial frame, and nothing may follow the last whole one.
bool Decoder::ends_early() const {
  const std::string_view format = input_.context().iformat->name;
  if (format == "avi" && stream_.duration > 0 && end_ < stream_.duration) return true;
  if (format == "yuv4mpegpipe" && avio_tell(input_.context().pb) > end_byte_) return true;
  return last_was_partial_;
}

} // namespace pose::ffmpeg
