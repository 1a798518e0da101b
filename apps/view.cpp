// view: shows results (JSON lines) over their clip in a browser.
// SPDX-License-Identifier: MIT
#include "serve/view.h"
#include "apps/commands.h"
#include "cli/cli.h"
#include "tensor/standard_output.h"

#include <chrono>
#include <cstdio>
#include <thread>

namespace pose::apps {
namespace {

int run(const serve::ViewOptions& options, bool quiet) {
  const serve::View view(options);
  if (!view.loopback()) say("view: warning: {}: every machine that reaches this address can read the results and the clip\n", options.address);
  if (!quiet) say("{}\n", view.summary());
  print_out("{}\n", view.url());
  flush_out();
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kInterrupted;
}

} // namespace

int view_command(int argc, char** argv) {
  CommandLine line("view", "Shows results of `pose --jsonl` over their clip in a browser, until Ctrl-C.");
  serve::ViewOptions options;
  bool quiet = false;
  line.option("results", options.results, "file of JSON lines, finished or still growing").required();
  line.option("--clip", options.clip, "the clip (default: the file that the results name, or one of its name next to the results)");
  line.option("--address", options.address, "address and port of the page; port 0: any free one").show_default();
  line.flag("--quiet", quiet, "print errors and the page's address only");
  return run_program(line, argc, argv, [&] { return run(options, quiet); });
}

} // namespace pose::apps
