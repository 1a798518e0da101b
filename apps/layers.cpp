// layers: lists, dumps, compares, times and tunes the layers of a network, and makes the page of a saved diff.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "cli/cli.h"
#include "cli/run_files.h"
#include "study/diff.h"
#include "study/dump.h"
#include "study/kernel_times.h"
#include "study/layer_table.h"
#include "study/report_html.h"

#include <set>

namespace pose::apps {

using namespace study;

namespace {

void add_model_options(CommandLine& line, CommonOptions& common, std::string& model, bool required = true) {
  common.add_to(line);
  line.option("--model", model, "network, a name or a path").required(required);
  line.option("--weights", common.model.weights, "weights of a cfg, where they have another name");
  line.option("--inp_dim", common.model.inp_dim, "side of a detector's input, a multiple of 32 (default: the cfg's)");
}

void add_diff_options(CommandLine& line, std::vector<std::string>& dumps, DiffOptions& diff) {
  line.option("dumps", dumps, "ours and the reference, each F.safetensors or F.npz").expected(0, 2);
  line.option("--against", diff.reference, "with --model: the reference, F.safetensors or F.npz");
  line.option("--input", diff.input, "with --model: the input, as in dump (default: the reference's tensor of the network's input)");
  line.flag("--fused", diff.fused, "with --model: as in dump");
  line.flag("--teacher-forced", diff.teacher_forced, "with --model: run again with the reference's inputs, and measure each layer's own error");
  line.flag("--oracle", diff.oracle, "--teacher-forced, and compare both sides with the reference implementation, which sums in double (slow)");
  line.option("--tolerance", diff.tolerance, "torch (torch.testing's for float32), bound (the bound of rounding errors) or RTOL,ATOL").show_default();
  line.option("--only", diff.only, "regular expression: only layers whose name matches");
  line.flag("--fail-fast", diff.fail_fast, "stop at the first layer beyond the tolerance");
  line.flag("--strict", diff.strict, "treat layers that one side lacks as a difference");
  line.option("--json", diff.json, "also write the measures of all layers to this file");
  line.option("--html", diff.html, "also write them as an HTML page");
}

// Accepts two dumps, or a network and a dump.  Throws InputError for other combinations, and for options of a network without one.
void check_diff(const CommandLine& line, const std::vector<std::string>& dumps, DiffOptions& diff) {
  const bool net = line.has("--model");
  if (net && (!dumps.empty() || diff.reference.empty()))
    fail<InputError>("diff --model: expected --against F and no other dumps, found {}", dumps.empty() ? "no --against" : dumps[0]);
  diff.teacher_forced = diff.teacher_forced || diff.oracle;
  if (net) return;
  if (dumps.size() != 2) fail<InputError>("diff: expected two dumps, or --model NAME --against F, found {} dumps", dumps.size());
  static const std::set<std::string> kOfDumps = {"dumps", "--tolerance", "--only", "--fail-fast", "--strict", "--json", "--html"};
  for (const std::string& name : line.given()) {
    if (kOfDumps.count(name) == 0) fail<InputError>("{}: expected --model, found two dumps", name);
  }
  diff.ours = dumps[0];
  diff.reference = dumps[1];
}

} // namespace

int layers_command(int argc, char** argv) {
  CommandLine line("layers", "Studies a network layer by layer.");
  CommonOptions common;
  common.settings.usual = Precision::fp32; // to see what the layers do
  std::string model;
  TableOptions table;
  DumpOptions dump;
  std::string tuning;

  CommandLine list = line.command("list", "prints a table of layers: name, op, shape, parameters, multiply-adds, kernel");
  add_model_options(list, common, model);
  list.flag("--all", table.all, "the graph as described, before folding and fusing");

  CommandLine time = line.command("time", "prints ms, GFLOP/s, GB/s and % of peak for each layer");
  add_model_options(time, common, model);
  time.option("--batch", table.batch, "batch size").show_default().range(1, 1024);
  time.option("--reps", table.reps, "number of runs; the best time of each layer counts").show_default().range(1, 10000);
  const Option all_kernels = time.flag("--all-kernels", table.all_kernels, "ms of every kernel that could compute a layer; * marks the chosen one");
  time.option("--json", table.json, "F.json: the times, the measured peak and the bandwidth (docs/layer_times.md)");
  time.option("--peak", table.peak, "GFLOP/s that count as 100 % (default: measured on a CPU, none on a GPU)").positive();
  time.option("--trace", table.trace, "F.json: the best run for chrome://tracing or Perfetto, one slice per layer").excludes(all_kernels);

  CommandLine tune = line.command("tune", "measures all kernels of every layer and writes the best to a tuning file for --kernels");
  add_model_options(tune, common, model);
  tune.option("--out", tuning, "the tuning file; its entries of other networks, inputs and targets are kept").required();
  tune.option("--reps", table.reps, "number of runs with every kernel; the best time counts").show_default().range(1, 10000);

  CommandLine save = line.command("dump", "writes every activation, in NCHW");
  add_model_options(save, common, model);
  save.option("--input", dump.input, "X.npy: the network's input [n,3,h,w] itself; X.jpg, X.png: an image, preprocessed").required();
  save.option("--out", dump.out, "F.safetensors or F.npz").required();
  save.option("--only", dump.only, "regular expression: only layers whose name matches");
  save.flag("--fused", dump.fused, "only the layers after folding and fusing, as pose and detect run them");

  std::string report, page;
  CommandLine html = line.command("report", "makes an HTML page from a file of `layers diff --json`");
  html.option("report", report, "F.json").required();
  html.option("--out", page, "F.html, one file that loads nothing from elsewhere").required();

  CommandLine compare = line.command("diff", "compares two dumps, or a network and a dump, layer by layer");
  add_model_options(compare, common, model, false);
  DiffOptions diff;
  std::vector<std::string> dumps;
  add_diff_options(compare, dumps, diff);

  return run_program(line, argc, argv, [&]() -> int {
    RunFiles files;
    files.add_inputs(common.files());
    files.add_inputs(dumps);
    files.add_inputs({model, dump.input, diff.input, diff.reference, report});
    for (const auto& [option, path] :
         {std::pair("--json", diff.json), std::pair("--html", diff.html), std::pair("--json", table.json), std::pair("--trace", table.trace),
          std::pair("--out", tuning), std::pair("--out", dump.out), std::pair("--out", page)})
      files.add_output(option, path);
    if (!save && !html) files.add_standard_output();
    if (tune && !common.settings.kernels.empty()) throw InputError("tune: expected no --kernels: it measures them all");
    files.check();
    if (html) {
      write_report_of_file(report, page);
      return kDone;
    }
    if (compare) check_diff(compare, dumps, diff);
    if (compare && model.empty()) return diff_dumps(diff, interrupted) ? kDone : kSomeInputsFailed;
    RunOptions run = common.run();
    if (tune && common.settings.threads == 0) run.threads = 1; // the least disturbed
    if (line.has("--inp_dim")) check_inp_dim(common.model.inp_dim, 32, "--inp_dim");
    const Model net = load_model(model, common.model);
    files.expect_not_written(net.files);
    if (compare) return diff_net(net, diff, run) ? kDone : kSomeInputsFailed;
    if (list)
      list_layers(net, table, run);
    else if (tune)
      tune_layers(net, tuning, table, run);
    else if (time && table.all_kernels)
      time_all_kernels(net, table, run);
    else if (time)
      time_layers(net, table, run);
    else
      dump_layers(net, dump, run);
    return interrupted() ? kInterrupted : kDone;
  });
}

} // namespace pose::apps
