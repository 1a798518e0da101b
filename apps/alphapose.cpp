// alphapose: the installed program, `alphapose pose|detect|layers|results|view ...`.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "cli/console.h"
#include "cli/program.h"
#include "tensor/standard_output.h"

#include <alphapose/version.h>

#include <cstring>

using pose::print_out;

namespace {

struct Command {
  const char* name;
  int (*run)(int, char**);
  const char* help;
};

constexpr Command kCommands[] = {
    {"pose", pose::apps::pose_command, "find people and their keypoints in images and clips"},
    {"detect", pose::apps::detect_command, "find objects of all classes in images"},
    {"layers", pose::apps::layers_command, "list, dump, compare and time the layers of a network"},
    {"results", pose::apps::results_command, "convert, check and track the JSON Lines that pose writes"},
    {"view", pose::apps::view_command, "show results over their clip in a browser"},
};

void print_help() {
  print_out("Usage: alphapose COMMAND [OPTIONS]\n\nCommands (alphapose COMMAND --help lists the options):\n");
  for (const Command& c : kCommands) print_out("  {:<8} {}\n", c.name, c.help);
  print_out("\n  --version, --help\n");
}

int run(int argc, char** argv) {
  const char* word = argc > 1 ? argv[1] : "";
  for (const Command& c : kCommands) {
    if (std::strcmp(word, c.name) == 0) return c.run(argc - 1, argv + 1);
  }
  if (std::strcmp(word, "--version") == 0) {
    print_out("alphapose {}\n", alphapose::version());
    return pose::apps::kDone;
  }
  if (std::strcmp(word, "--help") == 0 || std::strcmp(word, "-h") == 0) {
    print_help();
    return pose::apps::kDone;
  }
  pose::apps::say("alphapose: expected a command, pose, detect, layers, results or view, found {} (--help lists them)\n", *word != 0 ? word : "none");
  return pose::apps::kUsage;
}

} // namespace

int main(int argc, char** argv) {
  return pose::apps::run_main("alphapose", [&] { return run(argc, argv); });
}
