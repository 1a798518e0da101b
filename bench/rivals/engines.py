# The engines: each loads the exported files of a network and returns a function from the input to the outputs.
# SPDX-License-Identifier: MIT
"""Runs as a separate process: engines.py ENGINE FILES THREADS REPS OUTPUTS prints one JSON object.  All engines compute in float32
with exactly the requested number of threads."""

import importlib.metadata
import json
import os
import sys
import time

import numpy as np

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "scripts")


def onnxruntime(files, threads):
    import onnxruntime as ort

    yield ort.__version__
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(files["onnx"], options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    yield lambda x: session.run(files["outputs"], {name: x})


def openvino(files, threads):
    import openvino as ov

    yield importlib.metadata.version("openvino")
    core = ov.Core()
    config = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
    compiled = core.compile_model(core.read_model(files["onnx"]), "CPU", config)
    request = compiled.create_infer_request()
    ports = [compiled.output(name) for name in files["outputs"]]

    def infer(x):
        request.infer([x], share_inputs=True)
        return [request.get_tensor(port).data for port in ports]

    yield infer


def ncnn(files, threads):
    import ncnn as engine

    yield importlib.metadata.version("ncnn")
    net = engine.Net()
    net.opt.num_threads = threads
    for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
        if hasattr(net.opt, "use_" + name):
            setattr(net.opt, "use_" + name, False)
    if net.load_param(files["ncnn"] + ".param") != 0 or net.load_model(files["ncnn"] + ".bin") != 0:
        raise RuntimeError("ncnn could not read the network")

    def infer(x):
        results = []
        for picture in x:  # ncnn has no batches
            extractor = net.create_extractor()
            extractor.input(files["ncnn_input"], engine.Mat(picture))
            results.append([np.array(extractor.extract(name)[1]) for name in files["ncnn_outputs"]])
        return [np.stack(values) for values in zip(*results)]

    yield infer


def torch_in(memory_format):
    def load(files, threads):
        import torch

        yield torch.__version__.split("+")[0]
        sys.path.insert(0, SCRIPTS)
        from lib import net_file, torch_net

        torch.set_num_threads(threads)
        net = torch_net.TorchNet(net_file.load(files["folded"]), getattr(torch, memory_format))

        def infer(x):
            with torch.inference_mode():
                return [value.contiguous().numpy() for value in net(torch.from_numpy(x))]

        yield infer

    return load


def opencv(files, threads):
    import cv2

    yield cv2.__version__
    cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromONNX(files["onnx"])
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)

    def infer(x):
        net.setInput(x)
        return net.forward(files["outputs"])

    yield infer


ENGINES = {
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "ncnn": ncnn,
    "torch": torch_in("contiguous_format"),
    "torch-nhwc": torch_in("channels_last"),
    "opencv": opencv,
}


def status_bytes(key):
    """Reads /proc/self/status.  getrusage does not work here: its peak starts at that of the process that started this one."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))


def main():
    name, path, threads, reps, out = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        files = json.load(file)
    x = np.load(files["input"])
    steps = ENGINES[name](files, int(threads))
    version = next(steps)  # imports done
    base = status_bytes("VmRSS:")
    start = time.perf_counter()
    infer = next(steps)
    result = {"version": version, "base_bytes": base, "load_ms": 1e3 * (time.perf_counter() - start), "times_ms": []}
    for rep in range(int(reps) + 1):
        start, cpu = time.perf_counter(), time.process_time()
        outputs = infer(x)
        elapsed = 1e3 * (time.perf_counter() - start)
        if rep == 0:
            result["first_ms"] = elapsed
        else:
            result["times_ms"].append(elapsed)
            result["busy_cpus"] = round(1e3 * (time.process_time() - cpu) / elapsed, 2)  # more than the threads: the engine exceeded its limit
    result["peak_bytes"] = status_bytes("VmHWM:")
    if out != "-":
        np.savez(out, *outputs)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
