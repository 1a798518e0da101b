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
    """A value a round."""
    if key == "memory":
        weights = comparison.files["weight_bytes"]
        return [(peak - base - weights) / 1e6 for peak, base in zip(series.values["peak_bytes"], series.values["base_bytes"])]
    return series.values[key]


def row(comparison, key):
    """Network, threads, ours, every rival, the best rival / ours.  Memory has no ratio: what is over the weights may be nearly nothing."""
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
    rivals = {name: values for name, values in good.items() if name != OURS}
    if ours.failed or not rivals:
        return [*line, "-"]
    best = min(rivals, key=lambda name: statistics.median(rivals[name]))
    return [*line, f"{report.ratio_text(report.ratio(rivals[best], good[OURS]))} {NAMES[best]}"]


def table(comparisons, key):
    names = [name for name in comparisons[0].series if name != OURS]
    head = ["network", "threads", OURS, *(NAMES[name] for name in names)] + ([] if key == "memory" else ["best rival / ours"])
    return report.table(head, [row(comparison, key) for comparison in comparisons])


def reasons(comparisons):
    """Why cells are empty, each reason once."""
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
        f"Medians over {facts['rounds']} rounds, a process each, in turn; float32; random weights, the same for everybody. In brackets: the least\n"
        f"and the greatest ratio within a round. Outputs agree within {worst:.0e} of their scale; where they differ by more than {AGREE:.0e}, the\n"
        "difference stands in place of the time.\n",
        "One run, ms:\n\n" + table(comparisons, "ms"),
        "From the start of loading to the first result, ms (the process and its libraries are there already):\n\n" + table(comparisons, "first_ms"),
        "Most memory resident, over the weights and over what was there before loading, MB:\n\n" + table(comparisons, "memory"),
    ]
    return "\n".join(parts + ([reasons(comparisons)] if reasons(comparisons) else []))
