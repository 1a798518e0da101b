// Shared by the programs: exit codes, files and folders, interruption.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <functional>
#include <string>
#include <vector>

namespace pose::apps {

enum ExitCode { kDone = 0, kSomeInputsFailed = 1, kUsage = 2, kModel = 3, kDevice = 4, kInterrupted = 130, kReaderLeft = 141 };

// Returns the exit code of an error that ends a program.
ExitCode exit_code_of(const std::exception& error);

// Returns the names in the folder that `wanted` accepts, sorted, without folders, not recursive.  Throws InputError when it cannot be read.
std::vector<std::string> names_in(const std::string& dir, const std::function<bool(const std::string&)>& wanted);
// Returns the paths whose file name an earlier one has: what is written under that name is overwritten.
std::vector<std::string> with_repeated_names(const std::vector<std::string>& paths);

// Makes interrupted() return true after SIGINT and SIGTERM.
void catch_signals();
// Returns whether the user interrupted: then finish the current work, write the results so far, and return kInterrupted.
bool interrupted();

} // namespace pose::apps
