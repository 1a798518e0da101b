// Implements sound.h.
// SPDX-License-Identifier: MIT
#include "video/sound.h"

namespace pose::ffmpeg {

SoundCopy::SoundCopy(const std::string& source, AVFormatContext& output) : output_(output) {
  if (source.empty()) return;
  try {
    if (!open(source)) input_.reset();
  } catch (const Error& e) {
    note_ = e.what();
    input_.reset();
  }
}

bool SoundCopy::open(const std::string& source) {
  if (!can_be_read_twice(source)) {
    note_ = one_line(source + ": its sound is not copied: it cannot be read a second time");
    return false;
  }
  input_.emplace(Input::open(source, {}));
  const AVStream* video = input_->select(AVMEDIA_TYPE_VIDEO);
  const std::optional<std::int64_t> zero = video != nullptr ? origin(*input_, *video) : std::nullopt;
  from_ = input_->select(AVMEDIA_TYPE_AUDIO);
  if (from_ == nullptr) return false;
  if (zero) zero_ = av_rescale_q(*zero, video->time_base, from_->time_base);
  const AVCodecID codec = from_->codecpar->codec_id;
  if (avformat_query_codec(output_.oformat, codec, FF_COMPLIANCE_NORMAL) != 1) {
    note_ = one_line(fmt::format("{}: its sound is not copied: {} files cannot hold {}", source, output_.oformat->name, avcodec_get_name(codec)));
    return false;
  }
  to_ = allocated(avformat_new_stream(&output_, nullptr));
  if (avcodec_parameters_copy(to_->codecpar, from_->codecpar) < 0) throw std::bad_alloc();
  to_->codecpar->codec_tag = 0; // of the other container
  to_->time_base = from_->time_base;
  return true;
}

// Reads the next packet that has a time and is not before the start.
bool SoundCopy::read() {
  if (!packet_) packet_ = make_packet();
  while (input_->read(*packet_) >= 0) {
    const std::int64_t pts = packet_->pts, dts = packet_->dts;
    if (pts != AV_NOPTS_VALUE && dts != AV_NOPTS_VALUE && seconds(pts - zero_, from_->time_base) >= start_) return true;
    av_packet_unref(packet_.get());
  }
  packet_.reset();
  return false;
}

int SoundCopy::write_until(double end) {
  LogCatcher quiet;
  while (input_) {
    if (!packet_ && !read()) {
      input_.reset();
      break;
    }
    if (seconds(packet_->pts - zero_, from_->time_base) - start_ >= end) break;
    const std::int64_t shift = zero_ + std::int64_t(start_ * from_->time_base.den / from_->time_base.num);
    packet_->pts -= shift;
    packet_->dts -= shift;
    av_packet_rescale_ts(packet_.get(), from_->time_base, to_->time_base);
    packet_->stream_index = to_->index;
    packet_->pos = -1;
    // Timestamps that go back are an error of the muxer; such a packet is left out.
    const bool ordered = packet_->dts > last_dts_ && packet_->dts >= 0;
    if (ordered) last_dts_ = packet_->dts;
    const int code = ordered ? av_write_frame(&output_, packet_.get()) : 0;
    packet_.reset();
    if (code < 0) return code;
  }
  return 0;
}

} // namespace pose::ffmpeg
