// Implements report_html.h: fills the slots of the page with the report.
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

constexpr std::size_t kMaxBytes = 512 << 20; // of a report; the heat images of a layer take 65 KB

// Escapes text for use between tags or in quotes.
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

// Returns the text of a statistic, whose JSON is a number or "nan", "inf" or "-inf".
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

// Returns the verdict, one sentence of HTML.
std::string verdict_of(const json& report) {
  const json& layers = report["layers"];
  const auto bad = std::count_if(layers.begin(), layers.end(), [](const json& l) { return !passes(l); });
  const std::string tolerance = tolerance_text(report["tolerance"]);
  if (layers.empty()) return "No layer is in both dumps, so nothing was compared.";
  if (bad == 0) return fmt::format("All {} layers agree within {}.", layers.size(), tolerance);
  std::string text = fmt::format("{} of {} layers exceed {}", bad, layers.size(), tolerance);
  if (report["teacher_forced"]) {
    const auto own = std::count_if(layers.begin(), layers.end(), has_own_error);
    text += own == 0 ? ", none by its own error" : fmt::format(", {} by {} own error", own, own == 1 ? "its" : "their");
  }
  if (report["first_bad"].is_null()) return text + ".";
  return fmt::format("<code>{}</code> is the first bad layer: {}.", escaped(text_of(report["first_bad"])), text);
}

// Returns how the layers were computed, and how often each side is closer to fp64.
std::string facts_of(const json& report) {
  std::string text = report["teacher_forced"]
                         ? "Every layer was computed twice: from the reference's inputs (own error), and in a free run of the net (total error)."
                         : "Every layer was computed in a free run of the net, so errors propagate.";
  if (!report["oracle"]) return text;
  int ours = 0, reference = 0, equal = 0;
  for (const json& layer : report["layers"]) {
    if (layer["oracle"].is_null()) continue;
    const json& closer = layer["oracle"]["closer"];
    (closer == "ours" ? ours : closer == "reference" ? reference : equal)++;
  }
  return text + fmt::format(" Closer to the layer in fp64: ours {} times, the reference {} times, equal {} times.", ours, reference, equal);
}

// Returns the rows of the table for browsers without JavaScript.
std::string rows_of(const json& report) {
  std::string rows;
  for (const json& l : report["layers"]) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(text_of(l["name"])),
                        escaped(text_of(l["op"])), passes(l) ? "passes" : "bad", l["own"].is_null() ? "" : number_of(l["own"]["worst"]),
                        number_of(l["total"]["worst"]), number_of(l["total"]["max_abs"]));
  }
  return rows;
}

// Returns the report for the page's scripts.  It escapes '<', so that no string can end the script element or begin a comment.
std::string data_of(const json& report) {
  const std::string text = report.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c"; // '<' occurs in strings only
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
  fail("report.html: expected a known slot, found {}", name);
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
  const std::vector<std::byte> bytes = read_file(path);
  const json report = parse_strict_json(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), path, kMaxBytes);
  check_report(report, path);
  write_checked(html, report);
}

} // namespace pose::study
