// results: converts, checks and tracks the JSON Lines that pose writes.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "cli/cli.h"
#include "cli/run_files.h"
#include "results/check.h"
#include "results/convert.h"
#include "results/track.h"
#include "tensor/standard_output.h"

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
  if (torn) say("results: warning: {}: the torn last line was left out\n", o.in);
}

// Throws InputError where a file is both read and written, or cannot be written.
void check_files(const Options& o) {
  RunFiles files;
  files.add_input(o.in);
  if (o.out.empty())
    files.add_standard_output();
  else
    files.add_output("--out", o.out);
  files.check();
}

int run_convert(const Options& o) {
  const Converted done = convert(o.in, o.out, o.convert);
  warn_torn(o, done.torn);
  if (!done.clashes.empty() && o.convert.to != "csv")
    say("results: warning: {}: this format names frames by number only, and another clip has the same ones\n", one_line(done.clashes));
  if (!o.quiet) say("{} people in {} lines: {}\n", done.people, done.lines, o.out);
  return kDone;
}

int run_check(const Options& o) {
  constexpr std::int64_t kShown = 20;
  std::int64_t problems = 0;
  const auto show = [&](const std::string& problem) {
    if (++problems <= kShown) say("results: {}\n", problem);
  };
  const CheckReport report = check_results(o.in, show, interrupted);
  if (problems > kShown) say("results: {}: {} more problems\n", o.in, problems - kShown);
  if (!o.quiet) print_out("{}: {} lines, {} people, {} errors, {} problems\n", o.in, report.lines, report.people, report.errors, report.problems);
  return report.problems == 0 ? kDone : kSomeInputsFailed;
}

int run_track(Options& o) {
  if (o.overwrite) o.track.existing = Existing::overwrite;
  const TrackedResults done = track_results(o.in, o.out, o.track);
  warn_torn(o, done.torn);
  if (!o.quiet) say("{} ids in {} lines: {}\n", done.ids, done.lines, o.out);
  if (interrupted()) return kInterrupted;
  return done.reader_left ? kReaderLeft : kDone;
}

} // namespace

int results_command(int argc, char** argv) {
  CommandLine line("results", "Converts, checks and tracks the JSON Lines of pose --jsonl.");
  Options o;
  o.convert.stop = o.track.stop = interrupted;

  CommandLine convert = line.command("convert", "writes the people in another format");
  convert.option("in", o.in, "JSON Lines, - for standard input").required();
  convert.option("--to", o.convert.to, fmt::format("format: one of {}", fmt::join(conversion_names(), ", "))).required();
  convert.option("--out", o.out, "the file to write").required();
  convert.flag("--smooth", o.convert.smooth, "smoothed keypoints in place of raw ones, where there are any");
  convert.flag("--quiet", o.quiet, "print errors and warnings only");

  CommandLine check = line.command("check", "validates every line, and the order of the frames");
  check.option("file", o.in, "JSON Lines, - for standard input").required();
  check.flag("--quiet", o.quiet, "print problems only");

  CommandLine track = line.command("track", "writes the lines again, with an id for each person");
  track.option("in", o.in, "JSON Lines, - for standard input").required();
  track.option("out", o.out, "the file to write, - for standard output").required();
  track.flag("--smooth", o.track.smooth, "also smoothed keypoints");
  track.option("--fps", o.track.fps, "images are frames of one clip at this rate (default: only frames of clips are tracked)");
  track.flag("--overwrite", o.overwrite, "replace a file that has contents");
  track.flag("--quiet", o.quiet, "print errors and warnings only");

  return run_program(line, argc, argv, [&] {
    check_files(o);
    return convert ? run_convert(o) : check ? run_check(o) : run_track(o);
  });
}

} // namespace pose::apps
