// Shared by the programs: exit codes, files and folders, interruption.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pose::apps {

enum ExitCode { kDone = 0, kSomeInputsFailed = 1, kUsage = 2, kModel = 3, kDevice = 4, kInterrupted = 130, kReaderLeft = 141 };

// Returns the exit code of an error that ends a program.
ExitCode exit_code_of(const std::exception& error);

// The names in a folder, not recursive.
struct FolderNames {
  std::vector<std::string> wanted;             // sorted; also links that lead nowhere, so that reading names them
  std::map<std::string, std::size_t> unwanted; // number of other files, except hidden ones, by the ending of their names
  std::size_t folders = 0;                     // except hidden ones

  // Returns what was left out: "3 files (.txt 2, .xml 1) and 1 folder"; "" when nothing was.
  std::string left_out() const;
};

// Returns the names in the folder, those that `wanted` accepts and others.  Throws InputError when it cannot be read.
FolderNames names_in(const std::string& dir, const std::function<bool(const std::string&)>& wanted);
// Returns a number of things: "1 file", "2 files".
std::string counted(std::size_t count, const std::string& thing);

// Makes interrupted() return true after SIGINT and SIGTERM.
void catch_signals();
// Returns whether the user interrupted: then finish the current work, write the results so far, and return kInterrupted.
bool interrupted();

} // namespace pose::apps
