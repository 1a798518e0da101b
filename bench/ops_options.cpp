// Parses the options of bench/ops.
// SPDX-License-Identifier: MIT
#include "bench/ops_options.h"

#include "tensor/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace pose::bench {
namespace {

// Texts of options that are converted to other types.
struct Texts {
  std::string cache = "both", net, layer, op, kernel;
};

void add_options(CLI::App& app, Settings& s, Texts& texts) {
  app.add_option("--op", texts.op, "regular expression: ops to measure");
  app.add_option("--kernel", texts.kernel, "regular expression: kernels to measure");
  app.add_option("--net", texts.net, "regular expression: networks whose shapes are measured");
  app.add_option("--layer", texts.layer, "regular expression: layers whose shapes are measured");
  app.add_option("--model", s.models, "networks in place of the default ones: NAME, NAME-SIDE or a path");
  app.add_option("--models", s.models_dir, "folder of weights and graphs");
  app.add_option("--cache", texts.cache, "where a kernel finds its data: in the cache (hot), in memory (cold)")
      ->check(CLI::IsMember({"hot", "cold", "both"}))
      ->capture_default_str();
  app.add_option("--threads", s.threads, "threads of a kernel")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--batch", s.batch, "batch size")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--reference", s.reference, "also time the reference implementations, which are slow");
  app.add_flag("--list", s.list, "print the names of the benchmarks and the layers in which their shapes occur; do not measure");
  app.add_option("--device", s.device, "cpu, cuda:N or emulated (whose times mean nothing)")->capture_default_str();
  app.add_option("--precision", s.precision, "precision on a GPU (default: all)")->check(CLI::IsMember({"fp32", "tf32", "fp16"}));
  app.footer("Options of Google Benchmark: --benchmark_filter=REGEX, --benchmark_repetitions=N, --benchmark_out=FILE.json, ...\n"
             "Names are op/kernel/network/layer/shape/cache; a shape is measured once, under the first layer that has it.");
}

} // namespace

const char* name_of(Cache cache) {
  return cache == Cache::hot ? "hot" : "cold";
}

Filter::Filter(const std::string& option, const std::string& text) {
  if (text.empty()) return;
  try {
    regex_.emplace(text);
  } catch (const std::regex_error& e) {
    fail("{} {}: expected a regular expression, found {}", option, text, e.what());
  }
}

std::optional<Settings> parse_options(int& argc, char** argv, int& exit_code) {
  CLI::App app("Time of every kernel on the networks' shapes, each checked before it is timed.", "ops");
  Settings s;
  Texts texts;
  add_options(app, s, texts);
  app.allow_extras();
  try {
    app.parse(argc, argv);
    s.net = Filter("--net", texts.net);
    s.layer = Filter("--layer", texts.layer);
    s.op = Filter("--op", texts.op);
    s.kernel = Filter("--kernel", texts.kernel);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? 0 : kUsage;
    return std::nullopt;
  } catch (const Error& e) {
    fmt::print(stderr, "ops: {}\n", e.what());
    exit_code = kUsage;
    return std::nullopt;
  }
  if (texts.cache != "both") s.caches = {texts.cache == "hot" ? Cache::hot : Cache::cold};
  const std::vector<std::string> rest = app.remaining();
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (std::find(rest.begin(), rest.end(), argv[i]) != rest.end()) argv[kept++] = argv[i];
  }
  argc = kept;
  return s;
}

} // namespace pose::bench
