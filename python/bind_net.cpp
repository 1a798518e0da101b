// Python bindings of load(), Net and Layer.
// SPDX-License-Identifier: MIT
#include "python/arrays.h"
#include "python/bindings.h"

#include <fmt/format.h>
#include <set>

namespace nb = nanobind;

namespace pose::python {
namespace {

constexpr int kMaxBatch = 1024;

constexpr const char* kLoadDoc =
    R"(Loads a network and prepares it to run.

model: a name of model_names(), or a path: .cfg, .weights, .safetensors.  A name may end in "@random" or "@seed:N" for random weights.
weights: the weight file; by default the file is searched for.  inp_dim: side of a Darknet network's input.
batch: batch size.  run() splits more images into several batches, with the same results.
threads: number of threads, 0 for all cores.  target: "ref", "avx2" or "avx512".  precision, on a GPU: "fp32", "tf32" or "fp16".
models, bn, kernels, weight_cache: as the programs' options of these names.
Raises Error for an unusable model, file or device.)";

constexpr const char* kActivationsDoc =
    R"(Returns every layer's value by name, in the order of computation.  only: a regular expression (re.search) for names.

copy=True: new arrays, float32 [n, c, h, w]; heads are [n, rows, attributes].
copy=False: read-only views of the network's own memory.  The memory stays unchanged while one of the views exists; the next call then allocates
other memory and packs the weights again.  Most views are [n, blocks, h, w, 16]: channel c is [:, c // 16, :, :, c % 16], and lanes after the last
channel are zero.  nchw() converts such a view to an ordinary array.  An input of few channels is [n, h, w, c], and heads are [n, rows, attributes].
fused=True: the layers as run() computes them, after folding and fusing, instead of every node of the graph.)";

// The object that Python holds.
struct PyNet {
  std::unique_ptr<SharedNet> net;
  OneProcess process;

  const Graph& graph() const { return net->graph(); }
};

const Parameters kLoad("load",
                       joined({{"model", "str | bytes | os.PathLike"}, {"weights", kPath, "None"}, {"inp_dim", "int | None", "None"}}, Where::kFirst,
                              std::vector<Parameter>{{"batch", "int", "1"}}, Where::kLast),
                       7, "Net");

PyNet load(const nb::args& args, const nb::kwargs& kwargs) {
  const Arguments arguments = kLoad.read(args, kwargs);
  const std::optional<Path> model = arguments.path("model"), weights = arguments.path("weights");
  if (!model) arguments.refuse("model");
  const auto inp_dim = arguments.get<std::optional<int>>("inp_dim");
  const int batch = arguments.get<int>("batch");
  const Where where(arguments);
  expect_in("batch", batch, 1, kMaxBatch);
  const RunSettings settings = where.run(Precision::fp32);
  ModelOptions options = where.model();
  if (inp_dim) check_inp_dim(*inp_dim, 32, "inp_dim");
  options.inp_dim = inp_dim.value_or(0);
  if (weights) options.weights = weights->string();
  const WithoutGil release;
  const RunOptions run = resolve(settings);
  return {std::make_unique<SharedNet>(load_model(model->string(), options), run, batch), {}};
}

// Returns the layer names in which re.search finds the expression.  Throws Error where there is none.
std::set<std::string> names_found(const Graph& graph, const std::string& only) {
  const nb::object pattern = nb::module_::import_("re").attr("compile")(nb::steal(PyUnicode_DecodeFSDefault(only.c_str())));
  std::set<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (!pattern.attr("search")(node.name).is_none()) names.insert(node.name);
  }
  if (names.empty()) fail<InputError>("only: expected an expression found in a layer's name of {}, found '{}'", graph.title, only);
  return names;
}

const Parameters kRun("run", {{"x", "numpy.ndarray"}}, 1, "list[numpy.ndarray]");
constexpr const char* kInput = "an array float32 [n, c, h, w]";

nb::list run(nb::handle object, const nb::args& args, const nb::kwargs& kwargs) {
  PyNet& self = instance_of<PyNet>(object, "Net");
  const Arguments arguments = kRun.read(args, kwargs);
  self.process.expect_same();
  const AnyArray x = array_of(arguments.at("x"), "x", kInput);
  const InputBatch batch(x, self.graph()[0].shape);
  std::vector<LayerValue> values;
  {
    const WithoutGil release;
    values = self.net->run(batch.data(), batch.count());
  }
  nb::list list;
  for (LayerValue& v : values) list.append(to_numpy(std::move(v.floats), v.shape));
  return list;
}

const Parameters kActivations("activations",
                              {{"x", "numpy.ndarray"}, {"only", "str | None", "None"}, {"copy", "bool", "True"}, {"fused", "bool", "False"}}, 2,
                              "dict[str, numpy.ndarray]");

nb::dict activations(nb::handle object, const nb::args& args, const nb::kwargs& kwargs) {
  PyNet& self = instance_of<PyNet>(object, "Net");
  const Arguments arguments = kActivations.read(args, kwargs);
  const std::string only = arguments.text("only").value_or("");
  const bool copy = arguments.get<bool>("copy"), fused = arguments.get<bool>("fused");
  self.process.expect_same();
  const AnyArray x = array_of(arguments.at("x"), "x", kInput);
  const InputBatch batch(x, self.graph()[0].shape);
  if (!copy && batch.count() > kMaxBatch) fail<InputError>("x: expected at most {} images with copy=False, found {}", kMaxBatch, batch.count());
  const std::set<std::string> names = names_found(self.graph(), only);
  const LayerPredicate wanted = [&](const std::string& name) { return names.count(name) != 0; };
  std::vector<LayerValue> values;
  std::vector<LayerView> views;
  std::shared_ptr<const void> keep;
  {
    const WithoutGil release;
    if (copy)
      values = self.net->activations(batch.data(), batch.count(), fused, wanted);
    else
      views = self.net->views(batch.data(), batch.count(), fused, wanted, keep);
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
  nb::class_<LayerInfo>(m, "Layer", "A layer as it runs, after folding and fusing.")
      .def_ro("name", &LayerInfo::name)
      .def_ro("op", &LayerInfo::op)
      .def_prop_ro(
          "shape", [](const LayerInfo& l) { return nb::tuple(nb::cast(l.shape)); }, nb::sig("def shape(self) -> tuple[int, ...]"),
          "Shape of the value for one image: channels, height, width; for a head rows, attributes.")
      .def_ro("kernel", &LayerInfo::kernel, "Name of the kernel that computes the layer; empty for the input.")
      .def_ro("inputs", &LayerInfo::inputs, "Names of the layers that this layer reads.")
      .def_ro("parameters", &LayerInfo::parameters)
      .def_ro("macs", &LayerInfo::macs, "Multiply-adds for one image.")
      .def("__repr__", &layer_text);

  nb::class_<PyNet>(m, "Net", "A network, made by load().  Thread-safe: one thread computes at a time, without the GIL, and others wait.")
      .def("run", &run, nb::sig(kRun.signature(true).c_str()),
           "Returns the outputs for images [n, c, h, w], float32: maps are [n, c, h, w], heads are [n, rows, attributes].")
      .def("activations", &activations, nb::sig(kActivations.signature(true).c_str()), kActivationsDoc)
      .def(
          "layers", [](const PyNet& self) { return self.net->layers(); }, "Returns the layers as they run, after folding and fusing.")
      .def_prop_ro("title", [](const PyNet& self) { return self.graph().title; })
      .def_prop_ro("input_shape", &input_shape, nb::sig("def input_shape(self) -> tuple[int, int, int]"),
                   "Shape of the input: channels, height, width.")
      .def_prop_ro("outputs", &outputs, "Names of the layers whose values run() returns.");

  m.def("load", &load, nb::sig(kLoad.signature(false).c_str()), kLoadDoc);
}

} // namespace pose::python
