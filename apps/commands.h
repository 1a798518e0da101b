// The commands: main() of pose, detect, layers, results and view in the build tree, subcommands of the installed program.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose::apps {

// Each parses its command line and returns the exit code; argv[0] is the command.
int pose_command(int argc, char** argv);
int detect_command(int argc, char** argv);
int layers_command(int argc, char** argv);
int results_command(int argc, char** argv);
int view_command(int argc, char** argv);

} // namespace pose::apps
