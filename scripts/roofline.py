#!/usr/bin/env python3
# Draws the roofline of a network: the speed of every layer and kernel, below the peak and the bandwidth of the machine.
# SPDX-License-Identifier: MIT
"""Reads a file of `layers time --json`, preferably with --all-kernels (docs/layer_times.md).  Needs matplotlib (Debian: python3-matplotlib)."""

import argparse
import json
import math
import re

from lib import output_file
from lib.problem import Problem, excerpt, reading, run

COLORS = ("#1f6fd6", "#d9822b", "#2a9d63", "#b0408f", "#c23b3b", "#6a5acd", "#8a6d3b", "#2b8ca3", "#7f7f7f", "#a0a020")
MARKERS = "osD^vP<X>h"
NAMED = 5  # number of slowest layers that are labeled with their names


def parse_args():
    def positive(text):
        value = float(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
        return value

    def pattern(text):
        try:
            return re.compile(text)
        except re.error as error:
            raise argparse.ArgumentTypeError(f"expected a regular expression: {error}") from None
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", help="F.json written by `layers time --json`")
    parser.add_argument("--out", required=True, help="file to write: F.svg, F.png or F.pdf")
    parser.add_argument("--peak", type=positive, metavar="GFLOP/s", help="peak to use instead of the file's")
    parser.add_argument("--bandwidth", type=positive, metavar="GB/s", help="bandwidth to use instead of the file's")
    parser.add_argument("--op", type=pattern, metavar="REGEX", help="only layers with these ops")
    parser.add_argument("--layer", type=pattern, metavar="REGEX", help="only layers with these names")
    args = parser.parse_args()
    if not args.out.endswith((".svg", ".png", ".pdf")):
        parser.error(f"--out {args.out}: expected a name ending in .svg, .png or .pdf")
    return args


def field(value, name, kind, where):
    """Returns value[name], which must be of the kind; numbers must be above 0."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool) != (kind is bool) or kind == (int, float) and not 0 < found < math.inf:
        words = {str: "a text", list: "a list", bool: "true or false", dict: "an object"}
        raise Problem(f"{where}: {name}: expected {words.get(kind, 'a number above 0')}, found {excerpt(found)}")
    return found


def read_times(path):
    with open(path, encoding="utf-8") as file, reading(path, "JSON"):
        times = json.load(file)
    if not isinstance(times, dict) or times.get("kind") != "layers time" or times.get("format") != 1:
        raise Problem(f"{path}: expected a file of `layers time --json` (format 1), found {excerpt(times)}")
    return times


def points_of(times, args):
    """Returns (layer, kernel, FLOP per byte, GFLOP/s, ms, chosen) for each layer and kernel, and the number of layers that compute no products."""
    points, others = [], 0
    for i, layer in enumerate(field(times, "layers", list, args.times)):
        where = f"{args.times}: layers[{i}]"
        name, op = field(layer, "name", str, where), field(layer, "op", str, where)
        if args.op and not args.op.search(op) or args.layer and not args.layer.search(name):
            continue
        if layer.get("macs") == 0:
            others += 1
            continue
        flop = 2 * field(layer, "macs", (int, float), where)
        for k, kernel in enumerate(field(layer, "kernels", list, where)):
            at = f"{where}: kernels[{k}]"
            ms = field(kernel, "ms", (int, float), at)
            points.append((name, field(kernel, "kernel", str, at), flop / field(layer, "bytes", (int, float), where), 1e-6 * flop / ms, ms,
                           field(kernel, "chosen", bool, at)))
    if not points:
        raise Problem(f"{args.times}: expected layers that multiply" + (" and match --op and --layer" if args.op or args.layer else "") + ", found none")
    return points, others


def roofs_of(times, args):
    """Returns the peak, and (name, GB/s) of each bandwidth."""
    peak = args.peak or field(times, "peak_gflops", (int, float), f"{args.times} (or --peak)")
    if args.bandwidth:
        return peak, [("bandwidth", args.bandwidth)]
    measured = field(times, "bandwidth_gbps", dict, f"{args.times} (or --bandwidth)")
    return peak, [(name, field(measured, name, (int, float), args.times)) for name in ("read", "triad")]


def draw_roofs(axes, peak, bandwidths, low, high, fastest):
    axes.axhline(peak, color="#444444", linewidth=1.4)
    axes.annotate(f"peak {peak:.0f} GFLOP/s" + ("; above it: kernels that save multiplications" if fastest > peak else ""), (low, peak), xytext=(4, 4), textcoords="offset points", va="bottom", fontsize=8.5, color="#444444")
    for (name, gbps), style in zip(bandwidths, ("-", "--")):
        end = min(high, peak / gbps)
        if end > low:
            axes.plot([low, end], [gbps * low, gbps * end], color="#444444", linewidth=1.4, linestyle=style, label=f"{name} {gbps:.1f} GB/s")


def draw_points(axes, points):
    kernels = sorted({p[1] for p in points})
    longest = max(p[4] for p in points)
    by_layer = {}
    for name, _, x, y, _, _ in points:
        by_layer.setdefault((name, x), []).append(y)
    for (_, x), ys in by_layer.items():
        axes.plot([x, x], [min(ys), max(ys)], color="#cccccc", linewidth=0.8, zorder=1)
    for i, kernel in enumerate(kernels):
        own = [p for p in points if p[1] == kernel]
        color, marker = COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]
        taken = sum(p[5] for p in own)
        for is_chosen, face in ((False, "none"), (True, color)):
            some = [p for p in own if p[5] == is_chosen]
            axes.scatter([p[2] for p in some], [p[3] for p in some], s=[24 + 130 * p[4] / longest for p in some], marker=marker, facecolors=face,
                         edgecolors=color if not is_chosen else "white", linewidths=1.1 if not is_chosen else 0.7, zorder=2 + is_chosen)
        axes.scatter([], [], s=44, marker=marker, facecolors=color if taken else "none", edgecolors=color, label=f"{kernel}, {taken} of {len(own)} chosen")


def name_longest(axes, points):
    """Labels the slowest layers, by the kernels that were chosen; names that would overlap are moved."""
    height = None
    for name, _, x, y, ms, _ in sorted(sorted((p for p in points if p[5]), key=lambda p: -p[4])[:NAMED], key=lambda p: p[3]):
        at = y * 1.06
        height = at if height is None else max(at, height * 1.13)
        axes.annotate(f"{name} {ms:.3g} ms", (x, y), xytext=(x * 1.12, height), fontsize=7.5, color="#333333", va="center",
                      bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}, zorder=5,
                      arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkB": 2})


def title_of(times, points, others):
    parts = [times.get("target") or times.get("device"), f"{times.get('threads')} threads" if times.get("target") else times.get("precision"),
             f"batch {times.get('batch')}", f"{len({p[0] for p in points})} layers"]
    return f"{times.get('title')}: " + ", ".join(str(p) for p in parts if p) + (f" ({others} that multiply nothing are left out)" if others else "")


def draw(times, points, others, roofs, out):
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot, ticker
    except ImportError:
        raise Problem("matplotlib: expected the module, found none (Debian: python3-matplotlib; else pip install matplotlib)") from None
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "roofline", "font.family": "sans-serif", "text.parse_math": False})
    peak, bandwidths = roofs
    figure, axes = pyplot.subplots(figsize=(10.5, 6), layout="constrained")
    ridges = [peak / gbps for _, gbps in bandwidths]  # where the roofs meet: the axes show all of them
    low, high = min([p[2] for p in points] + [min(ridges) / 2]) / 1.6, max([p[2] for p in points] + ridges) * 2.2
    draw_roofs(axes, peak, bandwidths, low, high, max(p[3] for p in points))
    draw_points(axes, points)
    name_longest(axes, points)
    axes.set(xscale="log", yscale="log", xlim=(low, high), xlabel="FLOP per byte that must move (input, output, weights)", ylabel="GFLOP/s")
    axes.set_ylim(min(p[3] for p in points) / 1.6, max([peak] + [p[3] for p in points]) * 1.8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axis.set_minor_locator(ticker.NullLocator())
    axes.grid(True, which="major", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(title_of(times, points, others), fontsize=10.5, loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5, frameon=False, title="filled: the chosen kernel\nsize: time", title_fontsize=8.5,
                alignment="left")
    with output_file.atomic_file(out) as file:
        figure.savefig(file, format=out.rpartition(".")[2], metadata={"Date": None} if out.endswith(".svg") else None, dpi=150)


def main():
    args = parse_args()
    output_file.expect_other(args.out, args.times)
    times = read_times(args.times)
    points, others = points_of(times, args)
    draw(times, points, others, roofs_of(times, args), args.out)


if __name__ == "__main__":
    run(main)
