// `alphapose view`: a page that shows finished or growing results (JSON lines) over their clip.
// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

namespace pose::serve {

struct ViewOptions {
  std::string results = {};               // a file of `--jsonl`
  std::string clip = {};                  // its clip; "": what the results name
  std::string address = "127.0.0.1:8000"; // as parse_address() reads it
};

class View {
public:
  // Reads the results once.  Throws DataError for a file that cannot be read or holds no results, InputError for an address that cannot be bound or a
  // clip that is not one.
  explicit View(const ViewOptions& options);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  std::string url() const;
  bool loopback() const;       // whether other machines cannot reach the page
  std::string summary() const; // one line: what is shown

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose::serve
