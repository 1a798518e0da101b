// layers: a network layer by layer: list, dump, time, tune, and the page of a saved diff.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "apps/dump.h"
#include "apps/kernel_times.h"
#include "apps/layer_table.h"
#include "apps/report_html.h"

namespace pose::apps {
namespace {

void add_model_options(CLI::App& app, CommonOptions& common, std::string& model) {
  common.add_to(app);
  app.add_option("--model", model, "network, a name or a path")->required();
  app.add_option("--inp_dim", common.model.inp_dim, "side of a detector's input (default: the cfg's)");
}

} // namespace
} // namespace pose::apps

int main(int argc, char** argv) {
  using namespace pose::apps;
  CLI::App app("A network layer by layer.", "layers");
  app.require_subcommand(1);
  CommonOptions common;
  common.usual = pose::Precision::fp32; // to see what the layers do
  std::string model;
  TableOptions table;
  DumpOptions dump;
  std::string tuning;

  CLI::App* list = app.add_subcommand("list", "table of layers: name, op, shape, parameters, multiply-adds, kernel");
  add_model_options(*list, common, model);
  list->add_flag("--all", table.all, "the graph as described, before folding and fusing");

  CLI::App* time = app.add_subcommand("time", "ms, GFLOP/s, GB/s and % of peak for each layer");
  add_model_options(*time, common, model);
  time->add_option("--batch", table.batch, "pictures a run")->capture_default_str()->check(CLI::Range(1, 1024));
  time->add_option("--reps", table.reps, "runs; the best of each layer counts")->capture_default_str()->check(CLI::Range(1, 10000));
  time->add_flag("--all-kernels", table.all_kernels, "ms of every kernel that could compute a layer, * for the one that was chosen");

  time->add_option("--json", table.json, "F.json: all of it, the measured peak and the bandwidth (docs/layer_times.md)");
  time->add_option("--peak", table.peak, "GFLOP/s that are 100 % (default: measured on a CPU, none on a GPU)")->check(CLI::PositiveNumber);
  time->add_option("--trace", table.trace, "F.json: the best run for chrome://tracing or Perfetto, a slice a layer")->excludes("--all-kernels");

  CLI::App* tune = app.add_subcommand("tune", "measure all kernels of every layer, write the best to a tuning file for --kernels");
  add_model_options(*tune, common, model);
  tune->add_option("--out", tuning, "the tuning file; what it holds of other nets, inputs and targets stays")->required();
  tune->add_option("--reps", table.reps, "runs with every kernel; the best counts")->capture_default_str()->check(CLI::Range(1, 10000));

  CLI::App* save = app.add_subcommand("dump", "every activation, in NCHW");
  add_model_options(*save, common, model);
  save->add_option("--input", dump.input, "X.npy: the network's input [n,3,h,w] itself; X.jpg, X.png: a picture, pre-processed")->required();
  save->add_option("--out", dump.out, "F.safetensors or F.npz")->required();
  save->add_option("--only", dump.only, "regular expression: layers whose name it matches");
  save->add_flag("--fused", dump.fused, "only the layers that remain after folding and fusing, as pose and detect run them");

  std::string report, page;
  CLI::App* html = app.add_subcommand("report", "the HTML page of a difference that `layers diff --json` saved");
  html->add_option("report", report, "F.json")->required();
  html->add_option("--out", page, "F.html, one file that needs no network")->required();

  return run_program(app, argc, argv, [&] {
    if (*html) {
      write_report_of_file(report, page);
      return int(kDone);
    }
    RunOptions run = common.run();
    if (*tune && run.tuning) throw Exit(kUsage, "tune: expected no --kernels: it measures them all");
    if (*tune && common.threads == 0) run.threads = 1; // the least disturbed
    if (common.model.inp_dim != 0) check_inp_dim(common.model.inp_dim, 32);
    const pose::Model net = load(model, common.model);
    if (*list)
      list_layers(net, table, run);
    else if (*tune)
      tune_layers(net, tuning, table, run);
    else if (*time && table.all_kernels)
      time_all_kernels(net, table, run);
    else if (*time)
      time_layers(net, table, run);
    else
      dump_layers(net, dump, run);
    return int(kDone);
  });
}
