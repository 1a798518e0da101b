// Implements people_stream.h.
// SPDX-License-Identifier: MIT
#include "stream/people_stream.h"

#include <chrono>

namespace pose {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

FrameResult refused(const Frame& frame, const std::string& error) {
  FrameResult result;
  result.width = frame.image.w;
  result.height = frame.image.h;
  result.error = error;
  return result;
}

PeopleStream::PeopleStream(Engine& engine, const StreamOptions& options)
    : engine_(engine), options_(options), schedule_(options.detect_every, options.rate), tracker_(options.smooth) {}

void PeopleStream::prepare(Frame& frame) const {
  frame.detect = schedule_.always();
  engine_.prepare(frame);
}

FrameResult PeopleStream::process(Frame& frame, double seconds) {
  Frame* const one = &frame;
  return std::move(process_all(std::span(&one, 1), std::span(&seconds, 1))[0]);
}

std::vector<FrameResult> PeopleStream::process_all(std::span<Frame* const> frames, std::span<const double> seconds) {
  const double begin = now();
  std::vector<FrameResult> results;
  try {
    results = schedule_.always() ? detect_in(frames) : std::vector{find_people(*frames[0], seconds[0])};
  } catch (const DeviceError&) {
    throw;
  } catch (const Error& e) { // an image that the networks refuse
    for (const Frame* frame : frames) results.push_back(refused(*frame, e.what()));
    return results;
  }
  for (std::size_t i = 0; i < results.size(); i++) remember(results[i], seconds[i]);
  schedule_.computed(results[0].detected, now() - begin);
  return results;
}

// Runs the detector in all frames.
std::vector<FrameResult> PeopleStream::detect_in(std::span<Frame* const> frames) {
  for (Frame* frame : frames) frame->detect = true;
  engine_.infer(frames);
  std::vector<FrameResult> results;
  for (Frame* frame : frames) {
    engine_.collect(*frame);
    results.push_back(result_of(*frame));
  }
  return results;
}

FrameResult PeopleStream::find_people(Frame& frame, double seconds) {
  const bool cut = cut_.update(frame.image);
  frame.detect = cut || schedule_.due();
  if (!frame.detect) {
    frame.boxes = follower_.boxes_at(seconds, frame.image.h, frame.image.w);
    FrameResult result = people_in(frame);
    if (!follower_.is_stale(result)) return result;
    engine_.prepare(frame);
    frame.detect = true;
  }
  return people_in(frame);
}

FrameResult PeopleStream::people_in(Frame& frame) {
  Frame* const one = &frame;
  engine_.infer(std::span(&one, 1));
  engine_.collect(frame);
  return result_of(frame);
}

FrameResult PeopleStream::result_of(const Frame& frame) const {
  FrameResult result;
  result.width = frame.image.w;
  result.height = frame.image.h;
  result.detected = frame.detect;
  for (const Person& person : frame.people) result.people.push_back({person});
  return result;
}

// Sets ids and smoothed keypoints, and updates what follows people, which needs the ids.
void PeopleStream::remember(FrameResult& result, double seconds) {
  const bool wanted = options_.track || options_.smooth;
  if (wanted || !schedule_.always()) tracker_.update(result, seconds);
  if (!schedule_.always()) follower_.update(result, seconds);
  for (ResultPerson& p : result.people) {
    if (!wanted) p.id = 0;
  }
}

void PeopleStream::replay(const FrameResult& done) {
  if (!done.error.empty()) return; // as process_all() does
  FrameResult result = done;
  for (ResultPerson& p : result.people) {
    if (p.smooth) p.smooth = with_joints(*p.smooth, *p.person.set, *engine_.joints());
    p.person = with_joints(p.person, engine_.joints());
  }
  if (!done.detected) follower_.boxes_at(done.time.value_or(0), done.height, done.width);
  remember(result, done.time.value_or(0));
  schedule_.computed(done.detected, 0);
}

} // namespace pose
