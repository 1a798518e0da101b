# The tables of bench/rivals.py.
# SPDX-License-Identifier: MIT

import statistics

from rivals import cases, report
from rivals.rounds import AGREE, OURS

NAMES = {
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "ncnn": "ncnn",
    "torch": "PyTorch NCHW",
    "torch-nhwc": "PyTorch channels-last",
    "opencv": "OpenCV DNN",
}


def series(comparisons):
    return [s.to_json() | {"weight_bytes": c.files["weight_bytes"]} for c in comparisons for s in c.series.values()]


def versions(comparisons):
    found = {s.program: s.version for c in comparisons for s in c.series.values() if s.version}
    return ", ".join(f"{name.split(' NCHW')[0]} {found[key]}" for key, name in NAMES.items() if key in found and key != "torch-nhwc")


def values_of(comparison, series, key):
    """Returns one value per round."""
    if key == "memory":
        weights = comparison.files["weight_bytes"]
        return [(peak - base - weights) / 1e6 for peak, base in zip(series.values["peak_bytes"], series.values["base_bytes"])]
    return series.values[key]


def row(comparison, key):
    """Network, threads, ours, every baseline, the best baseline / ours.  Memory has no ratio: the excess over the weights may be near zero."""
    ours = comparison.series[OURS]
    cells, good = [], {}
    for name, one in comparison.series.items():
        if one.failed:
            cells.append("failed")
        elif not one.agrees():
            cells.append(f"differs by {one.difference:.1e}")
        else:
            good[name] = values_of(comparison, one, key)
            cells.append(f"{statistics.median(good[name]):.{0 if key == 'memory' or statistics.median(good[name]) >= 100 else 1}f}")
    line = [comparison.case.title, comparison.threads, *cells]
    if key == "memory":
        return line
    baselines = {name: values for name, values in good.items() if name != OURS}
    if ours.failed or not baselines:
        return [*line, "-"]
    best = min(baselines, key=lambda name: statistics.median(baselines[name]))
    return [*line, f"{report.ratio_text(report.ratio(baselines[best], good[OURS]))} {NAMES[best]}"]


def table(comparisons, key):
    names = [name for name in comparisons[0].series if name != OURS]
    head = ["network", "threads", OURS, *(NAMES[name] for name in names)] + ([] if key == "memory" else ["best baseline / ours"])
    return report.table(head, [row(comparison, key) for comparison in comparisons])


def reasons(comparisons):
    """Returns the reasons for empty cells, each reason once."""
    found = {}
    for comparison in comparisons:
        for name, one in comparison.series.items():
            if one.failed:
                found.setdefault((NAMES.get(name, name), one.failed), []).append(f"{comparison.case.title}, threads {comparison.threads}")
    return "".join(f"- {name} failed ({'; '.join(places)}): `{why.replace('`', chr(39))}`\n" for (name, why), places in found.items())


def markdown(comparisons, facts):
    worst = max((s.difference for c in comparisons for s in c.series.values() if s.difference is not None and s.agrees()), default=0.0)
    parts = [
        f"{facts['machine']}; {facts['date']}; {versions(comparisons)}.\n\n```\n{facts['command']}\n```\n",
        f"Medians over {facts['rounds']} interleaved rounds, one process each; float32; the same random weights for every engine.\n"
        "In parentheses: the smallest and the largest ratio within a round.\n"
        f"Outputs agree within {worst:.0e} of their scale. Where they differ by more than {AGREE:.0e}, the table shows the\n"
        "difference instead of the time.\n",
        "One run, ms:\n\n" + table(comparisons, "ms"),
        "From the start of loading to the first result, ms (process and libraries already loaded):\n\n" + table(comparisons, "first_ms"),
        "Peak resident memory in excess of the weights and of the memory before loading, MB:\n\n" + table(comparisons, "memory"),
    ]
    return "\n".join(parts + ([reasons(comparisons)] if reasons(comparisons) else []))
