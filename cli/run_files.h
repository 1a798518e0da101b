// RunFiles: the files that a run reads and writes, compared before it begins.
// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pose::apps {

// No run writes to a file that it reads, or two results to one file, whatever the spelling of the paths: relative, links, hard links, other case
// where the folder ignores case.  Add everything, then call check().
class RunFiles {
public:
  // Paths that are not files ("", "-", addresses) are allowed; "-" is standard input.
  void add_input(const std::string& path) { inputs_.push_back(path); }
  void add_inputs(const std::vector<std::string>& paths) { inputs_.insert(inputs_.end(), paths.begin(), paths.end()); }

  // what: the option, for messages; it must outlive this.  "-" is standard output, "" nothing.
  void add_output(const char* what, const std::string& path) { outputs_.push_back({what, path, false}); }
  // The same for a file in a folder that the run creates.
  void add_output_in_new_folder(const char* what, const std::string& path) { outputs_.push_back({what, path, true}); }
  // A folder for files whose names are not known yet, such as the frames of a clip: no file in it may be an input.
  void add_output_folder(const char* what, const std::string& path) { output_folders_.push_back({what, path, true}); }
  // The program prints its results.
  void add_standard_output() { add_output("standard output", "-"); }

  // Throws InputError for a conflict, and for a folder of the run that cannot be written, DataError for another file that cannot be written, and
  // StandardOutputError where that is closed.
  void check();
  // Throws InputError where an output is one of these files, which are known later than check().
  void expect_not_written(const std::vector<std::string>& inputs) const;

private:
  struct Output {
    const char* what;
    std::string path;
    bool new_folder;
    std::string name() const; // for messages
  };
  struct Folder {
    std::string id; // device and inode of the part that exists, and the rest of the path
    bool ignores_case = false;
    int error = 0; // errno of a try to write
  };

  const Folder& folder_of(const std::string& path, bool is_new);
  std::string id_of(const Output& output);
  [[noreturn]] static void fail_unwritable(const Output& output, int error);

  std::vector<std::string> inputs_;
  std::vector<Output> outputs_, output_folders_;
  std::map<std::string, Folder> folders_;
  std::map<std::string, const Output*> written_; // by id
  bool any_exists_ = false;                      // of the outputs
};

// Returns the name of the file of a path; "" where it can only be a folder: "d/", ".", "..".
std::string file_name_of(const std::string& path);

} // namespace pose::apps
