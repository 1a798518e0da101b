// main() of build/apps/pose, detect, layers, results and view: the build defines which command this is.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"

int main(int argc, char** argv) {
  return pose::apps::COMMAND(argc, argv);
}
