// load() and Net for Python.
// SPDX-License-Identifier: MIT
#include "python/arrays.h"
#include "python/bindings.h"

#include <fmt/format.h>
#include <set>

namespace nb = nanobind;
using namespace nb::literals;

namespace pose::python {
namespace {

constexpr int kMostPictures = 1024; // a run

constexpr const char* kLoadDoc =
    R"(Makes a network ready to run.

model: a name of model_names(), with "@random" or "@seed:N" behind it for made up weights, or a path: .cfg, .weights, .safetensors.
weights: the file of weights, instead of the one that is searched for.  inp_dim: side of a Darknet net's input.
batch: pictures a run; more of them are computed in several runs, with the same results.
threads: 0 for as many as there are.  target: "ref", "avx2", "avx512"; precision, of a GPU: "fp32", "tf32", "fp16".
models, bn, kernels, weight_cache: as the programs' options of these names.
Raises Error for a model, file or device that is not as it should be.)";

constexpr const char* kActivationsDoc =
    R"(Every layer's value by its name, in the order of computation; only: regular expression (re.search) for names.

copy=True: float32 [n, c, h, w], rows of heads [n, rows, attributes]; the arrays are yours.
copy=False: read-only views of the memory that the network computed in, which stays as it is for as long as one of them lives (the next call then
takes other memory, and packs the weights again).  Most are [n, blocks, h, w, 16]: channel c is [:, c // 16, :, :, c % 16], and what is behind the
last channel is zero; nchw() makes an ordinary array of one.  An input of few channels is [n, h, w, c], rows are rows.
fused=True: the layers as run() computes them, after folding and fusing, instead of every node of the graph.)";

// What Python holds.
struct PyNet {
  std::unique_ptr<SharedNet> net;
  OneProcess process;

  const Graph& graph() const { return net->graph(); }
};

PyNet load(const Path& model, const std::optional<Path>& weights, std::optional<int> inp_dim, int batch, const Where& where) {
  expect_in("batch", batch, 1, kMostPictures);
  const RunSettings settings = where.run(Precision::fp32);
  ModelOptions options = where.model();
  if (inp_dim) check_inp_dim(*inp_dim, 32, "inp_dim");
  options.inp_dim = inp_dim.value_or(0);
  if (weights) options.weights = weights->string();
  const nb::gil_scoped_release release;
  const RunOptions run = resolve(settings);
  return {std::make_unique<SharedNet>(load_model(model.string(), options), run, batch), {}};
}

// The names in which re.search finds the expression.
std::set<std::string> names_found(const Graph& graph, const std::optional<std::string>& only) {
  const nb::object pattern = nb::module_::import_("re").attr("compile")(only.value_or(""));
  std::set<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (!pattern.attr("search")(node.name).is_none()) names.insert(node.name);
  }
  if (names.empty()) fail("only: expected an expression found in a layer's name of {}, found '{}'", graph.title, only.value_or(""));
  return names;
}

nb::list run(PyNet& self, const AnyArray& x) {
  self.process.expect_same();
  const Pictures pictures(x, self.graph()[0].shape);
  std::vector<LayerValue> values;
  {
    const nb::gil_scoped_release release;
    values = self.net->run(pictures.data(), pictures.count());
  }
  nb::list list;
  for (LayerValue& v : values) list.append(to_numpy(std::move(v.floats), v.shape));
  return list;
}

nb::dict activations(PyNet& self, const AnyArray& x, const std::optional<std::string>& only, bool copy, bool fused) {
  self.process.expect_same();
  const Pictures pictures(x, self.graph()[0].shape);
  if (!copy && pictures.count() > kMostPictures) fail("x: expected at most {} pictures with copy=False, found {}", kMostPictures, pictures.count());
  const std::set<std::string> names = names_found(self.graph(), only);
  const LayerPredicate wanted = [&](const std::string& name) { return names.count(name) != 0; };
  std::vector<LayerValue> values;
  std::vector<LayerView> views;
  std::shared_ptr<const void> keep;
  {
    const nb::gil_scoped_release release;
    if (copy)
      values = self.net->activations(pictures.data(), pictures.count(), fused, wanted);
    else
      views = self.net->views(pictures.data(), pictures.count(), fused, wanted, keep);
  }
  nb::dict result;
  for (LayerValue& v : values) result[v.name.c_str()] = to_numpy(std::move(v.floats), v.shape);
  for (const LayerView& p : views) result[p.name.c_str()] = to_numpy(p, keep);
  return result;
}

std::vector<std::string> outputs(const PyNet& self) {
  std::vector<std::string> names;
  for (int id : self.graph().outputs) names.push_back(self.graph()[id].name);
  return names;
}

nb::tuple input_shape(const PyNet& self) {
  const Shape& s = self.graph()[0].shape;
  return nb::make_tuple(s.c, s.h, s.w);
}

std::string layer_text(const LayerInfo& l) {
  return fmt::format("Layer(name='{}', op='{}', shape=({}), kernel='{}')", l.name, l.op, fmt::join(l.shape, ", "), l.kernel);
}

} // namespace

void bind_net(nb::module_& m) {
  nb::class_<LayerInfo>(m, "Layer", "A layer as it runs.")
      .def_ro("name", &LayerInfo::name)
      .def_ro("op", &LayerInfo::op)
      .def_prop_ro(
          "shape", [](const LayerInfo& l) { return nb::tuple(nb::cast(l.shape)); }, nb::sig("def shape(self) -> tuple[int, ...]"),
          "Of one picture's value: channels, height, width, or rows, attributes of a head.")
      .def_ro("kernel", &LayerInfo::kernel, "What computes it; empty for the input.")
      .def_ro("inputs", &LayerInfo::inputs, "Names of the layers that it reads.")
      .def_ro("parameters", &LayerInfo::parameters)
      .def_ro("macs", &LayerInfo::macs, "Multiply-adds for one picture.")
      .def("__repr__", &layer_text);

  nb::class_<PyNet>(m, "Net", "A network, made by load().  Any thread may call it: one computes, without the GIL, the others wait.")
      .def("run", &run, "x"_a, nb::sig("def run(self, x: numpy.ndarray) -> list[numpy.ndarray]"),
           "The outputs for pictures [n, c, h, w], float32: maps [n, c, h, w], heads as rows [n, rows, attributes].")
      .def("activations", &activations, "x"_a, "only"_a = nb::none(), nb::kw_only(), "copy"_a = true, "fused"_a = false,
           nb::sig("def activations(self, x: numpy.ndarray, only: str | None = None, *, copy: bool = True, fused: bool = False) -> dict[str, "
                   "numpy.ndarray]"),
           kActivationsDoc)
      .def(
          "layers", [](const PyNet& self) { return self.net->layers(); }, "The layers as they run, after folding and fusing.")
      .def_prop_ro("title", [](const PyNet& self) { return self.graph().title; })
      .def_prop_ro("input_shape", &input_shape, nb::sig("def input_shape(self) -> tuple[int, int, int]"), "Channels, height, width.")
      .def_prop_ro("outputs", &outputs, "Names of the layers whose values run() returns.");

  m.def(
      "load",
      [](const Path& model, const std::optional<Path>& weights, std::optional<int> inp_dim, int threads, const std::optional<std::string>& target,
         const std::string& device, const std::optional<std::string>& precision, int batch, const std::optional<Path>& models,
         const std::optional<Path>& bn, const std::optional<Path>& kernels, const std::optional<Path>& weight_cache) {
        return load(model, weights, inp_dim, batch, {threads, target, precision, device, models, bn, kernels, weight_cache});
      },
      "model"_a, "weights"_a = nb::none(), "inp_dim"_a = nb::none(), "threads"_a = 0, "target"_a = nb::none(), "device"_a = "cpu",
      "precision"_a = nb::none(), nb::kw_only(), "batch"_a = 1, "models"_a = nb::none(), "bn"_a = nb::none(), "kernels"_a = nb::none(),
      "weight_cache"_a = nb::none(), kLoadDoc);
}

} // namespace pose::python
