// main() of build/apps/pose, detect, layers, results and view: the build defines which command this is.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "cli/console.h"

int main(int argc, char** argv) {
  return pose::apps::run_main(NAME, [&] { return pose::apps::COMMAND(argc, argv); });
}
