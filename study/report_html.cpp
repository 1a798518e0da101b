// Filling the page's slots.
// SPDX-License-Identifier: MIT
#include "study/report_html.h"

#include "nets/strict_json.h"
#include "study/report_check.h"
#include "study/report_page.h"
#include "tensor/error.h"
#include "tensor/file.h"

#include <algorithm>

namespace pose::study {
namespace {

using nlohmann::json;

constexpr std::size_t kMostBytes = 512 << 20; // of a report: 65 KB for the pictures of a layer

// As text between tags, or in quotes.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string text_of(const json& value) {
  return value.get<std::string>();
}

// A statistic's number, which may be a word.
std::string number_of(const json& value) {
  return value.is_string() ? text_of(value) : fmt::format("{:.3g}", value.get<double>());
}

bool passes(const json& layer) {
  return layer["ok"] && layer["total"]["ok"] && (layer["own"].is_null() || layer["own"]["ok"]);
}

bool has_own_error(const json& layer) {
  return !layer["own"].is_null() && !layer["own"]["ok"];
}

std::string tolerance_text(const json& tolerance) {
  const std::string kind = text_of(tolerance["kind"]),
                    numbers = fmt::format("rtol {}, atol {}", number_of(tolerance["rtol"]), number_of(tolerance["atol"]));
  if (kind == "bound") return "the bound derived for each element";
  return kind == "torch" ? fmt::format("torch.testing's tolerance ({})", numbers) : fmt::format("the tolerance given ({})", numbers);
}

// One sentence, as HTML.
std::string verdict_of(const json& report) {
  const json& layers = report["layers"];
  const auto bad = std::count_if(layers.begin(), layers.end(), [](const json& l) { return !passes(l); });
  const std::string tolerance = tolerance_text(report["tolerance"]);
  if (layers.empty()) return "No layer is in both, so that nothing was compared.";
  if (bad == 0) return fmt::format("All {} layers agree within {}.", layers.size(), tolerance);
  std::string text = fmt::format("{} of {} layers exceed {}", bad, layers.size(), tolerance);
  if (report["teacher_forced"]) {
    const auto own = std::count_if(layers.begin(), layers.end(), has_own_error);
    text += own == 0 ? ", none by an error of its own" : fmt::format(", {} by an error of {} own", own, own == 1 ? "its" : "their");
  }
  if (report["first_bad"].is_null()) return text + ".";
  return fmt::format("<code>{}</code> is the first bad layer: {}.", escaped(text_of(report["first_bad"])), text);
}

std::string facts_of(const json& report) {
  std::string text = report["teacher_forced"] ? "Every layer was computed from the reference's inputs (own error) and as the net runs (total)."
                                              : "Every layer was computed as the net runs, so that errors are handed on.";
  if (!report["oracle"]) return text;
  int ours = 0, reference = 0, equal = 0;
  for (const json& layer : report["layers"]) {
    if (layer["oracle"].is_null()) continue;
    const json& closer = layer["oracle"]["closer"];
    (closer == "ours" ? ours : closer == "reference" ? reference : equal)++;
  }
  return text + fmt::format(" Closer to the layer in fp64: ours {} times, the reference {} times, equally close {} times.", ours, reference, equal);
}

// The table for browsers without JavaScript.
std::string rows_of(const json& report) {
  std::string rows;
  for (const json& l : report["layers"]) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(text_of(l["name"])),
                        escaped(text_of(l["op"])), passes(l) ? "passes" : "bad", l["own"].is_null() ? "" : number_of(l["own"]["worst"]),
                        number_of(l["total"]["worst"]), number_of(l["total"]["max_abs"]));
  }
  return rows;
}

// The report for the page's scripts.  Without '<' no text in it can end the element that holds it, or begin a comment.
std::string data_of(const json& report) {
  const std::string text = report.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c"; // only strings can hold it
    else
      safe += c;
  }
  return safe;
}

std::string slot(std::string_view name, const json& report) {
  if (name == "title") return escaped(fmt::format("layers diff: {} / {}", text_of(report["ours"]["title"]), text_of(report["reference"]["title"])));
  if (name == "level") return std::all_of(report["layers"].begin(), report["layers"].end(), passes) ? "good" : "bad";
  if (name == "verdict") return verdict_of(report);
  if (name == "facts") return facts_of(report);
  if (name == "rows") return rows_of(report);
  if (name == "data") return data_of(report);
  fail("report.html: expected a slot that is known, found {}", name);
}

void write_checked(const std::string& path, const json& report) {
  AtomicFile file(path);
  for (const PagePart& part : kReportPage) {
    if (part.is_slot) {
      const std::string text = slot(part.text, report);
      file.write(std::as_bytes(std::span(text)));
    } else {
      file.write(std::as_bytes(std::span(part.text)));
    }
  }
  file.commit();
}

} // namespace

void write_report(const std::string& path, const json& report) {
  check_report(report, path);
  write_checked(path, report);
}

void write_report_of_file(const std::string& path, const std::string& html) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const std::span<const std::byte> bytes = file->bytes();
  const json report = parse_strict_json(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), path, kMostBytes);
  check_report(report, path);
  write_checked(html, report);
}

} // namespace pose::study
