// Implements tracker.h: the stages of association, births and deaths.
// SPDX-License-Identifier: MIT
#include "postprocess/tracker.h"

#include "postprocess/assignment.h"
#include "postprocess/camera_shift.h"

#include <algorithm>
#include <cmath>

namespace pose {

namespace {

constexpr double kCoast = 1.3;           // s: the prediction of a lost person is used for this long
constexpr double kShown = 1;             // s: predict() returns people seen within this time
constexpr double kLeast = 0.2;           // similarity of a sure person and a track
constexpr double kUnsureGap = 0.4;       // s: unsure people continue tracks that were lost for no longer
constexpr double kLeastUnsure = 0.45;    // ... of an unsure person, whose box and keypoints are less exact
constexpr double kLeastReturn = 0.3;     // ... of a person who comes back
constexpr int kPendingHits = 4;          // an unsure person gets an id after this many frames ...
constexpr float kPendingEvidence = 1.2f; // ... with this sum of confidences
constexpr double kCrowded = 0.1;         // a person who comes back with this IoU with another one, ...
constexpr double kSureFit = 0.65;        // ... and who fits less than this, may be another one: ...
constexpr double kDoubt = 0.15;          // s: ... no id shows for this long, so that one that changes again within it never shows
constexpr double kPendingTime = 0.2;     // s that a lost person without an id is remembered, and ...
constexpr double kYoungTime = 0.7;       // ... one who was seen in few frames
constexpr int kYoung = 3;                // frames
constexpr std::size_t kMostLost = 256;   // lost people remembered at most
constexpr double kCutShare = 0.25;       // the scene is cut where no more than this share of the people goes on ...
constexpr std::size_t kFewestCut = 2;    // ... of at least this many
constexpr float kAnyConfidence = 2;      // above all
constexpr int kNoTrack = -1;

} // namespace

struct Tracker::Frame {
  std::span<const Person> people;
  std::vector<std::optional<Observation>> seen;
  std::vector<int> track_of;  // index of the track, or kNoTrack
  std::vector<char> taken;    // for each track: it has a person
  double now = 0, before = 0; // times of this frame and of the one before

  Frame(std::span<const Person> all, std::size_t tracks, const StepClock& clock)
      : people(all), track_of(all.size(), kNoTrack), taken(tracks, 0), now(clock.now()), before(clock.before()) {
    for (const Person& person : people) seen.push_back(observe(person));
  }

  void clear() {
    std::fill(track_of.begin(), track_of.end(), kNoTrack);
    std::fill(taken.begin(), taken.end(), char(0));
  }

  std::vector<std::size_t> paired() const {
    std::vector<std::size_t> list;
    for (std::size_t p = 0; p < people.size(); ++p) {
      if (track_of[p] != kNoTrack) list.push_back(p);
    }
    return list;
  }

  // Returns the people without a track whose confidence is in [least, limit).
  std::vector<std::size_t> open(float least, float limit) const {
    std::vector<std::size_t> list;
    for (std::size_t p = 0; p < people.size(); ++p) {
      if (track_of[p] == kNoTrack && seen[p] && seen[p]->confidence >= least && seen[p]->confidence < limit) list.push_back(p);
    }
    return list;
  }

  // Returns whether the person's box overlaps that of another one who has a track.
  bool is_crowded(std::size_t person) const {
    for (std::size_t p = 0; p < people.size(); ++p) {
      if (p != person && track_of[p] != kNoTrack && overlap(seen[p]->box, seen[person]->box, 0) > kCrowded) return true;
    }
    return false;
  }

  // Returns the tracks without a person that `wanted` accepts.
  template <class Wanted> std::vector<std::size_t> free(const std::vector<TrackState>& tracks, const Wanted& wanted) const {
    std::vector<std::size_t> list;
    for (std::size_t t = 0; t < tracks.size(); ++t) {
      if (taken[t] == 0 && wanted(tracks[t])) list.push_back(t);
    }
    return list;
  }

  // Pairs rows of people with columns of tracks so that the sum of fit - least is the largest.  Pairs below `least` stay apart.
  template <class Fit> void pair(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& columns, double least, const Fit& fit) {
    std::vector<double> cost(rows.size() * columns.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < columns.size(); ++c) cost[r * columns.size() + c] = std::min(0.0, least - fit(columns[c], *seen[rows[r]]));
    }
    const std::vector<int> column_of = assign(cost, int(rows.size()), int(columns.size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (column_of[r] < 0 || !(cost[r * columns.size() + std::size_t(column_of[r])] < 0)) continue;
      const std::size_t track = columns[std::size_t(column_of[r])];
      track_of[rows[r]] = int(track);
      taken[track] = 1;
    }
  }
};

Tracker::Tracker(const TrackerOptions& options) : options_(options) {}

std::vector<int> Tracker::update(std::span<const Person> people, double seconds) {
  const MotionStep step(options_.motion, clock_.advance(seconds));
  for (TrackState& track : tracks_) track.advance(step);
  changes_ = {};

  Frame frame(people, tracks_.size(), clock_);
  match_sure(frame);
  const auto recent = [&](const TrackState& track) { return track.seen() >= frame.before || track.gap(frame.now) <= kUnsureGap; };
  const auto fit = [&](std::size_t t, const Observation& seen) { return tracks_[t].similarity(seen, frame.now); };
  frame.pair(frame.open(options_.unsure, options_.sure), frame.free(tracks_, recent), kLeastUnsure, fit);
  follow_camera(frame, take(frame, frame.paired()));

  const auto lost = [&](const TrackState& track) { return track.id > 0 && track.seen() < frame.before; };
  const auto fit_return = [&](std::size_t t, const Observation& seen) { return tracks_[t].return_similarity(seen, frame.now); };
  const std::vector<std::size_t> back = frame.open(options_.sure, kAnyConfidence);
  frame.pair(back, frame.free(tracks_, lost), kLeastReturn, fit_return);
  take(frame, back);

  begin_tracks(frame);
  std::vector<int> ids(people.size(), 0);
  for (std::size_t p = 0; p < people.size(); ++p) {
    if (frame.track_of[p] == kNoTrack) continue;
    const TrackState& track = tracks_[std::size_t(frame.track_of[p])];
    ids[p] = track.doubted <= frame.now ? track.id : 0;
  }
  end_tracks(frame);
  return ids;
}

// Pairs sure people with tracks that were seen in the frame before, and whose people stopped or turned: they are near the place where they were.
void Tracker::recover(Frame& frame) {
  const auto just_seen = [&](const TrackState& track) { return track.id > 0 && track.seen() >= frame.before; };
  const auto fit = [&](std::size_t t, const Observation& seen) { return tracks_[t].return_similarity(seen, frame.now); };
  frame.pair(frame.open(options_.sure, kAnyConfidence), frame.free(tracks_, just_seen), kLeastReturn, fit);
}

// Pairs sure people.  Where nearly all tracks lose their people at once, the camera jumped, which the people's common motion shows, or the scene was
// cut, which ends all tracks.
void Tracker::match_sure(Frame& frame) {
  const std::vector<std::size_t> sure = frame.open(options_.sure, kAnyConfidence);
  const auto known = [&](const TrackState& track) { return track.gap(frame.now) <= kCoast; };
  const auto fit = [&](std::size_t t, const Observation& seen) { return tracks_[t].similarity(seen, frame.now); };
  const std::vector<std::size_t> columns = frame.free(tracks_, known);
  frame.pair(sure, columns, kLeast, fit);
  recover(frame);

  std::vector<const TrackState*> visible;
  std::size_t going_on = 0;
  for (std::size_t t : columns) {
    if (tracks_[t].id == 0 || tracks_[t].hits < kYoung || tracks_[t].seen() < frame.before) continue;
    visible.push_back(&tracks_[t]);
    going_on += frame.taken[t] != 0;
  }
  const std::size_t expected = std::min(visible.size(), sure.size());
  if (expected < kFewestCut || double(going_on) > kCutShare * double(expected)) return;
  frame.clear();
  if (const std::optional<Correction> jump = common_jump(visible, frame.seen, clock_.step())) {
    for (TrackState& track : tracks_) track.shift(*jump);
    frame.pair(sure, columns, kLeast, fit);
  } else {
    tracks_.clear();
    frame.taken.clear();
    changes_.cut = true;
  }
}

// Gives the tracks of the listed people what was seen.  Returns the corrections of tracks that were seen in the frame before too.
std::vector<Correction> Tracker::take(const Frame& frame, const std::vector<std::size_t>& people) {
  std::vector<Correction> corrections;
  for (std::size_t p : people) {
    if (frame.track_of[p] == kNoTrack) continue;
    TrackState& track = tracks_[std::size_t(frame.track_of[p])];
    const bool sure = frame.seen[p]->confidence >= options_.sure, steady = track.seen() >= frame.before && track.hits >= kYoung;
    changes_.found += track.id > 0 && track.seen() < frame.before;
    const bool back = track.id > 0 && track.seen() < frame.before && track.similarity(*frame.seen[p], frame.now) < kSureFit;
    if (back && frame.is_crowded(p)) track.doubted = frame.now + kDoubt;
    const Correction correction = track.take(frame.people[p], *frame.seen[p], sure, frame.now);
    if (steady && sure) corrections.push_back(correction);
    if (track.id == 0 && (sure || (track.hits >= kPendingHits && track.evidence >= kPendingEvidence))) give_id(track);
  }
  return corrections;
}

// Moves the tracks without a person as those with one were corrected on average: their own motion is unknown, the camera's is not.
void Tracker::follow_camera(const Frame& frame, std::span<const Correction> corrections) {
  std::vector<double> sizes;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    if (frame.taken[t] != 0) sizes.push_back(tracks_[t].size());
  }
  if (sizes.empty()) return;
  const std::optional<Correction> common = common_correction(corrections, median(std::move(sizes)));
  for (std::size_t t = 0; common && t < tracks_.size(); ++t) {
    if (frame.taken[t] == 0) tracks_[t].shift(*common);
  }
}

void Tracker::give_id(TrackState& track) {
  track.id = next_id_++;
  ++changes_.born;
}

void Tracker::begin_tracks(Frame& frame) {
  const std::vector<std::size_t> open = frame.open(options_.unsure, kAnyConfidence);
  std::vector<char> crowded; // by people who had a track before
  for (std::size_t p : open) crowded.push_back(frame.is_crowded(p));
  for (std::size_t i = 0; i < open.size(); ++i) {
    const std::size_t p = open[i];
    frame.track_of[p] = int(tracks_.size());
    tracks_.emplace_back(frame.people[p], *frame.seen[p], options_.motion, frame.now);
    if (crowded[i] != 0) tracks_.back().doubted = frame.now + kDoubt;
    if (frame.seen[p]->confidence >= options_.sure) give_id(tracks_.back());
  }
}

// Counts the tracks that lost their people in this frame, and removes those that were lost for too long.
void Tracker::end_tracks(const Frame& frame) {
  const double pending = std::max(kPendingTime, 2.5 * clock_.step());
  std::vector<double> lost_since;
  for (const TrackState& track : tracks_) {
    if (track.seen() >= frame.now) continue;
    lost_since.push_back(track.seen());
    changes_.lost += track.id > 0 && track.seen() >= frame.before;
  }
  double oldest = -1; // time before which lost people are forgotten, since there are too many
  if (lost_since.size() > kMostLost) {
    const auto first_kept = lost_since.end() - std::ptrdiff_t(kMostLost);
    std::nth_element(lost_since.begin(), first_kept, lost_since.end());
    oldest = *first_kept;
  }
  std::erase_if(tracks_, [&](const TrackState& track) {
    const double limit = track.id == 0 ? pending : track.hits < kYoung ? std::min(kYoungTime, options_.keep) : options_.keep;
    return track.gap(frame.now) > limit || track.seen() < oldest;
  });
}

std::vector<Tracker::Track> Tracker::predict(double seconds) const {
  const MotionStep step(options_.motion, clock_.ahead(seconds));
  std::vector<Track> list;
  for (const TrackState& track : tracks_) {
    if (track.id == 0 || track.gap(clock_.now()) > kShown) continue;
    list.push_back({track.id, track.last, track.box_after(step), track.score, clock_.stamp(track.seen()), track.hits > 1});
  }
  return list;
}

} // namespace pose
