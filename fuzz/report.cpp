// The JSON of `layers diff`, from which `layers report` makes a page.
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"
#include "fuzz/memory_file.h"
#include "study/report_html.h"

namespace pose::fuzz {
namespace {

// What passes the check must become a page.
std::string read(View bytes) {
  static MemoryFile file;
  study::write_report_of_file(file.write(bytes), "/dev/null");
  return "a page";
}

const Registration registration({"report", {1 << 20, 2048}, read, edit_json});

} // namespace
} // namespace pose::fuzz
