// Implements seek.h.
// SPDX-License-Identifier: MIT
#include "video/seek.h"

#include "video/times.h"

namespace pose::ffmpeg {
std::optional<Place> find_place(const std::string& source, double start, const StopCallback& stop) {
  if (!can_be_read_twice(source)) return std::nullopt;
  Input input = Input::open(source, stop);
  const AVStream* stream = input.seekable() ? input.select(AVMEDIA_TYPE_VIDEO) : nullptr;
  const std::optional<std::int64_t> zero = stream != nullptr ? origin(input, *stream) : std::nullopt;
  // Packets of VP8 may hold frames that are never shown.
  if (!zero || stream->codecpar->codec_id == AV_CODEC_ID_VP8) return std::nullopt;

  LogCatcher quiet;
  Place place{};
  std::int64_t packets = 0, last_dts = 0;
  const Packet packet = make_packet();
  while (input.read(*packet) >= 0) {
    const std::int64_t pts = packet->pts, dts = packet->dts;
    const bool ordered = pts != AV_NOPTS_VALUE && dts != AV_NOPTS_VALUE && dts <= pts && (packets == 0 || dts > last_dts);
    const bool before = ordered && is_before(seconds(pts - *zero, stream->time_base), start);
    const bool past = ordered && !is_before(seconds(dts - *zero, stream->time_base), start);
    const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0, shown = (packet->flags & AV_PKT_FLAG_DISCARD) == 0;
    av_packet_unref(packet.get());
    if (!ordered) return std::nullopt;
    if (past) break;
    if (packets == 0 && !key) return std::nullopt;
    if (key && before) {
      place.keyframe_dts = dts;
      place.keyframe_pts = pts;
    }
    if (before && shown) ++place.frames_before;
    last_dts = dts;
    ++packets;
  }
  if (input.watch().stopped()) fail<Interrupted>("{}: interrupted", source);
  return packets > 0 ? std::optional(place) : std::nullopt;
}

bool go_to(Input& input, const AVStream& stream, const Place& place) {
  LogCatcher quiet;
  if (avformat_seek_file(&input.context(), stream.index, INT64_MIN, place.keyframe_dts, place.keyframe_dts, 0) < 0) return false;
  // Some formats go to a packet before the keyframe.
  for (;;) {
    Packet packet = make_packet();
    if (input.read(*packet) < 0 || packet->dts == AV_NOPTS_VALUE || packet->dts > place.keyframe_dts) return false;
    if ((packet->flags & AV_PKT_FLAG_KEY) == 0) continue;
    if (packet->pts == AV_NOPTS_VALUE || packet->pts > place.keyframe_pts) return false;
    input.unread(std::move(packet));
    return true;
  }
}

} // namespace pose::ffmpeg
