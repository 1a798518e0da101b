// Implements clips.h.
// SPDX-License-Identifier: MIT
#include "tests/video/clips.h"

#include "tests/error_of.h"
#include "video/ffmpeg.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <utility>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

namespace pose::testing {
namespace {

using namespace ffmpeg;

constexpr AVRational kMilliseconds{1, 1000};
constexpr int kSampleRate = 48000;

struct Muxer {
  AVFormatContext* context = nullptr;
  ~Muxer() {
    if (context != nullptr) avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

void set_matrix(AVStream& stream, const std::vector<std::int32_t>& abcd) {
  const std::int32_t one = 1 << 16;
  const std::array<std::int32_t, 9> matrix{abcd[0] * one, abcd[1] * one, 0, abcd[2] * one, abcd[3] * one, 0, 0, 0, 1 << 30};
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  AVCodecParameters& codec = *stream.codecpar;
  AVPacketSideData* data = av_packet_side_data_new(&codec.coded_side_data, &codec.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix, 0);
  REQUIRE(data != nullptr);
  std::memcpy(data->data, matrix.data(), sizeof matrix);
#else
  std::uint8_t* bytes = av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix);
  REQUIRE(bytes != nullptr);
  std::memcpy(bytes, matrix.data(), sizeof matrix);
#endif
}

Codec make_encoder(const std::string& name) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
  REQUIRE_MESSAGE(encoder != nullptr, name);
  return Codec(allocated(avcodec_alloc_context3(encoder)));
}

AVStream* add_stream(AVFormatContext& output, AVCodecContext& codec) {
  if ((output.oformat->flags & AVFMT_GLOBALHEADER) != 0) codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_opt_set(codec.priv_data, "preset", "ultrafast", 0);
  codec.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  REQUIRE(avcodec_open2(&codec, nullptr, nullptr) == 0);
  AVStream* stream = allocated(avformat_new_stream(&output, nullptr));
  REQUIRE(avcodec_parameters_from_context(stream->codecpar, &codec) >= 0);
  stream->time_base = codec.time_base;
  return stream;
}

Codec video_encoder(const Clip& clip) {
  Codec codec = make_encoder(clip.codec);
  codec->width = clip.w;
  codec->height = clip.h;
  codec->pix_fmt = av_get_pix_fmt(clip.pixels.c_str());
  codec->time_base = clip.ticks == 0 ? kMilliseconds : AVRational{1, clip.ticks};
  codec->framerate = {25, 1};
  codec->gop_size = clip.key_every;
  codec->max_b_frames = clip.b_frames;
  codec->thread_count = 1;
  codec->colorspace = AVColorSpace(clip.colorspace);
  codec->color_range = AVColorRange(clip.range);
  codec->global_quality = 3 * FF_QP2LAMBDA;
  codec->flags |= AV_CODEC_FLAG_QSCALE;
  return codec;
}

Frame to_frame(const BgrImage& image, const AVCodecContext& codec) {
  Frame frame = make_frame();
  frame->format = codec.pix_fmt;
  frame->width = codec.width;
  frame->height = codec.height;
  frame->colorspace = codec.colorspace;
  frame->color_range = codec.color_range;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  const Scaler scaler(sws_getContext(image.w, image.h, AV_PIX_FMT_BGR24, codec.width, codec.height, codec.pix_fmt,
                                     SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr));
  REQUIRE(scaler);
  const int* matrix = sws_getCoefficients(codec.colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : codec.colorspace);
  sws_setColorspaceDetails(scaler.get(), matrix, 1, matrix, codec.color_range == AVCOL_RANGE_JPEG ? 1 : 0, 0, 1 << 16, 1 << 16);
  const std::array<const std::uint8_t*, 4> planes{image.bytes.data()};
  const std::array<int, 4> strides{image.w * 3};
  sws_scale(scaler.get(), planes.data(), strides.data(), 0, image.h, frame->data, frame->linesize);
  return frame;
}

// Encodes a frame, or the end, and writes what the encoder returns.
void encode(AVFormatContext& output, AVCodecContext& codec, AVStream& stream, const AVFrame* frame) {
  REQUIRE(avcodec_send_frame(&codec, frame) == 0);
  const Packet packet = make_packet();
  while (avcodec_receive_packet(&codec, packet.get()) == 0) {
    if (codec.codec_type == AVMEDIA_TYPE_VIDEO) packet->duration = av_rescale_q(40, kMilliseconds, codec.time_base);
    av_packet_rescale_ts(packet.get(), codec.time_base, stream.time_base);
    packet->stream_index = stream.index;
    REQUIRE(av_interleaved_write_frame(&output, packet.get()) == 0);
  }
}

void write_sound(AVFormatContext& output, AVCodecContext& codec, AVStream& stream, double seconds) {
  const int size = codec.frame_size > 0 ? codec.frame_size : 1024;
  for (std::int64_t at = 0; double(at) < seconds * kSampleRate; at += size) {
    const Frame frame = make_frame();
    frame->format = codec.sample_fmt;
    frame->nb_samples = size;
    frame->sample_rate = kSampleRate;
    REQUIRE(av_channel_layout_copy(&frame->ch_layout, &codec.ch_layout) == 0);
    REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
    std::memset(frame->data[0], 0, std::size_t(frame->linesize[0])); // silence in every format
    frame->pts = at;
    encode(output, codec, stream, frame.get());
  }
  encode(output, codec, stream, nullptr);
}

} // namespace

BgrImage plain(int h, int w, int blue, int green, int red) {
  BgrImage image(h, w);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = std::uint8_t(i % 3 == 0 ? blue : i % 3 == 1 ? green : red);
  return image;
}

int farthest(const BgrImage& image, int blue, int green, int red) {
  const int wanted[] = {blue, green, red};
  int most = 0;
  for (std::size_t i = 0; i < image.bytes.size(); ++i) most = std::max(most, std::abs(image.bytes[i] - wanted[i % 3]));
  return most;
}

BgrImage numbered(int h, int w, int number) {
  BgrImage image(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const int bit = y * 3 / h * 4 + x * 4 / w;
      std::memset(image.row(y) + std::ptrdiff_t(x) * 3, (number >> bit & 1) != 0 ? 235 : 16, 3);
    }
  }
  return image;
}

int number_of(const BgrImage& image) {
  int number = 0;
  for (int bit = 0; bit < 12; ++bit) {
    const int y = (bit / 4 * 2 + 1) * image.h / 6, x = (bit % 4 * 2 + 1) * image.w / 8;
    if (image.row(y)[x * 3 + 1] > 127) number |= 1 << bit;
  }
  return number;
}

BgrImage quarters(int h, int w) {
  BgrImage image(h, w);
  static constexpr std::uint8_t colors[4][3] = {{0, 0, 255}, {0, 255, 0}, {255, 0, 0}, {255, 255, 255}};
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) std::memcpy(image.row(y) + std::ptrdiff_t(x) * 3, colors[y * 2 / h * 2 + x * 2 / w], 3);
  return image;
}

std::string quarters_of(const BgrImage& image) {
  std::string letters;
  for (int i = 0; i < 4; ++i) {
    const std::uint8_t* p = image.row(image.h * (i / 2 * 2 + 1) / 4) + std::ptrdiff_t(image.w * (i % 2 * 2 + 1) / 4) * 3;
    const bool b = p[0] > 127, g = p[1] > 127, r = p[2] > 127;
    letters += r && g && b ? 'W' : r && !g && !b ? 'R' : g && !r && !b ? 'G' : b && !r && !g ? 'B' : '?';
  }
  return letters;
}

std::vector<std::int64_t> steady(int count, int milliseconds) {
  std::vector<std::int64_t> stamps;
  for (int i = 0; i < count; ++i) stamps.push_back(std::int64_t(i) * milliseconds);
  return stamps;
}

bool has_encoder(const std::string& name) {
  return avcodec_find_encoder_by_name(name.c_str()) != nullptr;
}

void make_clip(const std::string& path, const Clip& wanted) {
  LogCatcher quiet;
  Clip clip = wanted;
  const std::string extension = std::filesystem::path(path).extension();
  if (extension == ".avi" || extension == ".m2v") clip.ticks = 25; // these have a constant rate only
  Muxer muxer;
  REQUIRE(avformat_alloc_output_context2(&muxer.context, nullptr, clip.format.empty() ? nullptr : clip.format.c_str(), path.c_str()) >= 0);
  AVFormatContext& output = *muxer.context;
  REQUIRE(avio_open(&output.pb, path.c_str(), AVIO_FLAG_WRITE) >= 0);
  Codec video, sound;
  AVStream *video_stream = nullptr, *sound_stream = nullptr;
  if (clip.video) {
    video = video_encoder(clip);
    video_stream = add_stream(output, *video);
    if (clip.matrix) set_matrix(*video_stream, *clip.matrix);
    if (clip.cover) video_stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
  }
  if (!clip.sound.empty()) {
    sound = make_encoder(clip.sound);
    sound->sample_fmt = clip.sound == "aac" ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
    sound->sample_rate = kSampleRate;
    sound->time_base = {1, kSampleRate};
    sound->bit_rate = 64000;
    av_channel_layout_default(&sound->ch_layout, 1);
    sound_stream = add_stream(output, *sound);
  }
  Options settings;
  av_dict_parse_string(settings.get(), clip.muxer.c_str(), "=", ":", 0);
  REQUIRE_MESSAGE(avformat_write_header(&output, settings.get()) >= 0, quiet.last());
  for (std::size_t i = 0; i < clip.stamps.size() && video; ++i) {
    const Frame frame = to_frame(clip.draw ? clip.draw(int(i)) : numbered(clip.h, clip.w, int(i)), *video);
    frame->pts = av_rescale_q(clip.stamps[i], kMilliseconds, video->time_base);
    encode(output, *video, *video_stream, frame.get());
  }
  if (video && !clip.stamps.empty()) encode(output, *video, *video_stream, nullptr);
  if (sound) write_sound(output, *sound, *sound_stream, clip.sound_seconds);
  REQUIRE(av_write_trailer(&output) == 0);
}

Seen read_all(VideoReader& reader) {
  Seen seen;
  VideoFrame frame;
  seen.error = error_of([&] {
    while (reader.read(frame)) {
      seen.numbers.push_back(number_of(frame.image));
      seen.indices.push_back(frame.index);
      seen.times.push_back(frame.time);
      seen.sizes.push_back(fmt::format("{}x{}", frame.image.w, frame.image.h));
    }
  });
  seen.broken = reader.broken();
  return seen;
}

Seen read_all(const std::string& source, const VideoOptions& options) {
  VideoReader reader = VideoReader::open(source, options);
  return read_all(reader);
}

Sound sound_of(const std::string& path) {
  LogCatcher quiet;
  Sound sound;
  AVFormatContext* context = nullptr;
  REQUIRE(avformat_open_input(&context, path.c_str(), nullptr, nullptr) == 0);
  REQUIRE(avformat_find_stream_info(context, nullptr) >= 0);
  const int index = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  const Packet packet = make_packet();
  if (index >= 0) sound.codec = avcodec_get_name(context->streams[index]->codecpar->codec_id);
  while (index >= 0 && av_read_frame(context, packet.get()) >= 0) {
    if (packet->stream_index == index) sound.times.push_back(int(std::lround(1000 * seconds(packet->pts, context->streams[index]->time_base))));
    av_packet_unref(packet.get());
  }
  avformat_close_input(&context);
  return sound;
}

} // namespace pose::testing
