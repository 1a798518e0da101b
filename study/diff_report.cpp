// Implements diff_report.h: the verdict and the table of `layers diff`.
// SPDX-License-Identifier: MIT
#include "study/diff_report.h"

#include "tensor/standard_output.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>

namespace pose::study {
namespace {

struct Column {
  std::string head;
  bool left = false;
  std::function<std::string(const LayerDiff&)> text;
};

std::string short_number(double v) {
  return v == 0 ? "0" : std::isfinite(v) && v >= 1e4 ? fmt::format("{:.1e}", v) : fmt::format("{:.3g}", v);
}

std::string shape_of(const LayerDiff& l) {
  return fmt::format("{}", fmt::join(l.shape, "x"));
}

// Adds a column for each measure of a Summary; `prefix` precedes the titles.
void add_figures(std::vector<Column>& columns, const std::string& prefix, const std::function<const Summary&(const LayerDiff&)>& of) {
  const auto add = [&](const char* head, const std::function<double(const Summary&)>& figure) {
    columns.push_back({prefix + head, false, [of, figure](const LayerDiff& l) { return short_number(figure(of(l))); }});
  };
  add("max abs", [](const Summary& s) { return s.difference.max_abs; });
  add("max rel", [](const Summary& s) { return s.max_rel; });
  add("rel L2", [](const Summary& s) { return s.rel_l2; });
  add("ulp 99%", [](const Summary& s) { return s.ulp99; });
  add("ulp max", [](const Summary& s) { return s.ulp_max; });
  add("x bound", [](const Summary& s) { return s.difference.worst; });
}

std::vector<Column> columns_of(const DiffReport& report, const LayerDiff* first_bad) {
  std::vector<Column> columns;
  columns.push_back({"", true, [first_bad](const LayerDiff& l) { return &l == first_bad ? "->" : l.ok() ? "" : " *"; }});
  columns.push_back({"layer", true, [](const LayerDiff& l) { return one_line(l.name); }});
  const auto any = [&](auto has) { return std::any_of(report.layers.begin(), report.layers.end(), has); };
  if (any([](const LayerDiff& l) { return !l.op.empty(); })) columns.push_back({"op", true, [](const LayerDiff& l) { return one_line(l.op); }});
  if (any([](const LayerDiff& l) { return !l.kernel.empty(); })) columns.push_back({"kernel", true, [](const LayerDiff& l) { return l.kernel; }});
  columns.push_back({"shape", false, shape_of});
  if (report.teacher_forced) {
    columns.push_back({"total rel L2", false, [](const LayerDiff& l) { return short_number(l.total.rel_l2); }});
    add_figures(columns, "own ", [](const LayerDiff& l) -> const Summary& { return l.judged(); });
  } else {
    add_figures(columns, "", [](const LayerDiff& l) -> const Summary& { return l.total; });
  }
  if (report.oracle) columns.push_back({"closer", true, [](const LayerDiff& l) { return l.oracle ? l.oracle->closer() : ""; }});
  if (any([](const LayerDiff& l) { return l.total.got_nan + l.total.want_nan > 0; }))
    columns.push_back({"NaN", false, [](const LayerDiff& l) { return fmt::format("{}/{}", l.judged().got_nan, l.judged().want_nan); }});
  return columns;
}

void print_table(const std::vector<Column>& columns, const std::vector<LayerDiff>& layers) {
  std::vector<std::vector<std::string>> lines(layers.size() + 1);
  for (const Column& c : columns) {
    lines[0].push_back(c.head);
    for (std::size_t i = 0; i < layers.size(); i++) lines[i + 1].push_back(c.text(layers[i]));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < columns.size(); c++) widths[c] = std::max(widths[c], line[c].size());
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < columns.size(); c++) {
      const char* gap = c == 0 ? "" : c == 1 ? " " : "  ";
      text += gap + (columns[c].left ? fmt::format("{:<{}}", line[c], widths[c]) : fmt::format("{:>{}}", line[c], widths[c]));
    }
    print_out("{}\n", text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

void print_names(const std::string& what, const std::vector<std::string>& names) {
  constexpr std::size_t kMaxShown = 20;
  if (names.empty()) return;
  const std::vector<std::string> shown(names.begin(), names.begin() + std::ptrdiff_t(std::min(kMaxShown, names.size())));
  print_out("{}: {}{}\n", what, one_line(fmt::format("{}", fmt::join(shown, ", "))),
            names.size() > kMaxShown ? fmt::format(" and {} more", names.size() - kMaxShown) : "");
}

std::string worst_text(const LayerDiff& l) {
  const Difference& d = l.judged().difference;
  return fmt::format("ours {:.9g}, reference {:.9g} at element {} of {}, bound {:.3g}", d.got, d.want, d.index, d.count, d.bound);
}

std::string verdict(const DiffReport& report) {
  const LayerDiff* bad = report.first_bad();
  const char* error = report.teacher_forced ? "own error" : "error";
  if (bad == nullptr) return fmt::format("{} layers agree: {} within {}", report.layers.size(), error, report.tolerance.text());
  const auto count = std::count_if(report.layers.begin(), report.layers.end(), [](const LayerDiff& l) { return !l.ok(); });
  return fmt::format("first bad layer: {} ({}); {} of {} layers have an {} beyond {}", one_line(bad->name), worst_text(*bad), count,
                     report.layers.size(), error, report.tolerance.text());
}

} // namespace

const char* OracleResult::closer() const {
  const double a = ours.rel_l2, b = reference.rel_l2;
  if (a == b || (std::isnan(a) && std::isnan(b))) return "equal";
  return a < b || std::isnan(b) ? "ours" : "reference";
}

const LayerDiff* DiffReport::first_bad() const {
  const auto at = std::find_if(layers.begin(), layers.end(), [](const LayerDiff& l) { return !l.ok(); });
  return at == layers.end() ? nullptr : &*at;
}

void print_diff(const DiffReport& report) {
  print_table(columns_of(report, report.first_bad()), report.layers);
  print_names("only in ours", report.only_ours);
  print_names("only in the reference", report.only_reference);
  print_names("left out of ours, not numbers", report.ours.left_out);
  print_names("left out of the reference, not numbers", report.reference.left_out);
  print_out("{}\n", verdict(report));
}

} // namespace pose::study
