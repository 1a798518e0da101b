# Reads the measurements of gpu-check's phases from the programs' output and prints them as tables.
# SPDX-License-Identifier: MIT

import csv
import json

# Goals of issue 5: speed relative to PyTorch, eager and as a CUDA graph, both fp16 channels-last.
GOALS = {("yolov3", 1): (4, 1.8), ("yolov3", 8): (1.8, 1.4), ("fastpose", 1): (4, 1.8), ("fastpose", 8): (3, 1.5), ("fastpose", 32): (1.8, 1.3)}


def json_lines(path):
    """Returns the objects of a log that has one object per line among other lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


def layer_rows(text, net, batch):
    """Returns the rows of `layers time`: name, op, shape, kernel, ms, ...; `conv` counts the convolutions, since fusing changes their names."""
    rows, convs = [], 0
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) >= 7 and words[2].count("x") == 2:
            rows.append({"net": net, "batch": batch, "layer": words[0], "kernel": words[3], "us": round(1e3 * float(words[4]), 2)})
            if words[1] == "conv2d":
                rows[-1]["conv"] = convs
                convs += 1
    return rows


def slowest(text, duration, count=12):
    """Returns the slowest kernels of ncu's CSV, each with its metrics."""
    lines = [line for line in text.splitlines() if line.startswith('"')]
    launches = {}
    for row in csv.DictReader(lines):
        launch = launches.setdefault(row["ID"], {"kernel": row["Kernel Name"].split("(")[0]})
        launch[row["Metric Name"]] = float(row["Metric Value"].replace(",", ""))
    return sorted(launches.values(), key=lambda launch: -launch.get(duration, 0))[:count]


def rows_of(phases, name):
    return phases.data_of(name).get("rows", [])


def line_of(first, cells):
    return f"{first:<34}" + "".join(f"{cell:>13}" for cell in cells)


def of_models(phases):
    times = {}
    for row in rows_of(phases, "models"):
        times.setdefault((row["net"], row["batch"]), {})[row["how"]] = row["us"]
    for row in rows_of(phases, "torch_models"):
        times.setdefault((row["net"], row["batch"]), {})["torch " + row["how"]] = row["us"]
    if not times:
        return []
    hows = sorted({how for by_how in times.values() for how in by_how}, key=lambda how: (how.startswith("torch"), how))
    lines = [line_of("us, median", [how.replace("torch ", "t.") for how in hows] + ["x eager", "x graph", "goals"])]
    for (net, batch), by_how in times.items():
        ratios = [f"{by_how['torch fp16_' + way] / by_how['fp16']:.2f}" if {"fp16", "torch fp16_" + way} <= by_how.keys() else "-" for way in ("eager", "graph")]
        goals = " ".join(map(str, GOALS.get((net, batch), ("-",))))
        lines.append(line_of(f"{net} b{batch}", [f"{by_how[how]:.0f}" if how in by_how else "-" for how in hows] + ratios + [goals]))
    return [*lines, ""]


def of_layers(phases, count=15):
    """Returns the convolutions that take the longest, ours or PyTorch's."""
    times = {}
    for row in rows_of(phases, "layers"):
        if "conv" in row:
            times[row["net"], row["batch"], row["conv"]] = {"ours": row["us"]}
    for row in rows_of(phases, "torch_layers"):
        entry = times.setdefault((row["net"], row["batch"], row["conv"]), {})
        entry |= {row["how"].split("_")[0]: row["us"], "layer": row["layer"], "shape": row["shape"]}
    hows = ("ours", "cudnn", "cublas")
    slow = sorted(((key, entry) for key, entry in times.items() if "shape" in entry), key=lambda item: -max(item[1].get(how, 0) for how in hows))
    if not slow:
        return []
    lines = [line_of("us, slowest convolutions", hows) + "  shape"]
    for (net, batch, _), entry in slow[:count]:
        lines.append(line_of(f"{net} b{batch} {entry['layer']}", [f"{entry[how]:.1f}" if how in entry else "-" for how in hows]) + "  " + entry["shape"])
    return [*lines, ""]


def of_ncu(phases):
    rows = rows_of(phases, "ncu")
    if not rows:
        return []
    names = [name for name in rows[0] if name != "kernel"]
    lines = [line_of("slowest kernels", [name.split("__")[1].split(".")[0][:12] for name in names])]
    return lines + [line_of(row["kernel"][:33], [f"{row.get(name, 0):.4g}" for name in names]) for row in rows]
