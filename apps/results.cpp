// results: converts, checks and tracks the JSON Lines that pose writes.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "apps/commands.h"
#include "results/check.h"
#include "results/convert.h"
#include "results/track.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace pose::apps {
namespace {

struct Options {
  std::string in, out;
  ConvertOptions convert;
  TrackResultsOptions track;
  bool overwrite = false, quiet = false;
};

void warn_torn(const Options& o, bool torn) {
  if (torn) fmt::print(stderr, "results: warning: {}: the torn last line was left out\n", o.in);
}

int run_convert(const Options& o) {
  const Converted done = convert(o.in, o.out, o.convert);
  warn_torn(o, done.torn);
  if (!done.clashes.empty() && o.convert.to != "csv")
    fmt::print(stderr, "results: warning: {}: this format names frames by number only, and another clip has the same ones\n", one_line(done.clashes));
  if (!o.quiet) fmt::print(stderr, "{} people in {} lines: {}\n", done.people, done.lines, o.out);
  return kDone;
}

int run_check(const Options& o) {
  constexpr std::int64_t kShown = 20;
  std::int64_t problems = 0;
  const auto show = [&](const std::string& problem) {
    if (++problems <= kShown) fmt::print(stderr, "results: {}\n", problem);
  };
  const CheckReport report = check_results(o.in, show, interrupted);
  if (problems > kShown) fmt::print(stderr, "results: {}: {} more problems\n", o.in, problems - kShown);
  if (!o.quiet) fmt::print("{}: {} lines, {} people, {} errors, {} problems\n", o.in, report.lines, report.people, report.errors, report.problems);
  return report.problems == 0 ? kDone : kSomeInputsFailed;
}

int run_track(Options& o) {
  if (o.overwrite) o.track.existing = Existing::overwrite;
  const TrackedResults done = track_results(o.in, o.out, o.track);
  warn_torn(o, done.torn);
  if (!o.quiet) fmt::print(stderr, "{} ids in {} lines: {}\n", done.ids, done.lines, o.out);
  return done.reader_left ? kReaderLeft : kDone;
}

} // namespace

int results_command(int argc, char** argv) {
  CLI::App app("Converts, checks and tracks the JSON Lines of pose --jsonl.", "results");
  app.require_subcommand(1);
  Options o;
  o.convert.stop = o.track.stop = interrupted;

  CLI::App* const convert = app.add_subcommand("convert", "writes the people in another format");
  convert->add_option("in", o.in, "JSON Lines, - for standard input")->required();
  convert->add_option("--to", o.convert.to, fmt::format("format: one of {}", fmt::join(conversion_names(), ", ")))->required();
  convert->add_option("--out", o.out, "the file to write")->required();
  convert->add_flag("--smooth", o.convert.smooth, "smoothed keypoints in place of raw ones, where there are any");
  convert->add_flag("--quiet", o.quiet, "print errors and warnings only");

  CLI::App* const check = app.add_subcommand("check", "validates every line, and the order of the frames");
  check->add_option("file", o.in, "JSON Lines, - for standard input")->required();
  check->add_flag("--quiet", o.quiet, "print problems only");

  CLI::App* const track = app.add_subcommand("track", "writes the lines again, with an id for each person");
  track->add_option("in", o.in, "JSON Lines, - for standard input")->required();
  track->add_option("out", o.out, "the file to write, - for standard output")->required();
  track->add_flag("--smooth", o.track.smooth, "also smoothed keypoints");
  track->add_option("--fps", o.track.fps, "images are frames of one clip at this rate (default: only frames of clips are tracked)");
  track->add_flag("--overwrite", o.overwrite, "replace a file that has contents");
  track->add_flag("--quiet", o.quiet, "print errors and warnings only");

  return run_program(app, argc, argv, [&] { return *convert ? run_convert(o) : *check ? run_check(o) : run_track(o); });
}

} // namespace pose::apps
