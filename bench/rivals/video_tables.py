# The tables of bench/video.py.
# SPDX-License-Identifier: MIT

import statistics

import numpy as np

from rivals import report, video_runs

NAMES = {
    "every": "ours, detector in every frame",
    "every5": "ours, `--detect_every 5`",
    "drawn": "ours, `--save_video`",
    "served": "ours, `--serve`, no page open",
    "rtmlib": "rtmlib, `det_frequency` 1",
    "rtmlib5": "rtmlib, `det_frequency` 5",
}
BASES = {"every5": "every", "drawn": "every", "served": "every", "rtmlib": "every", "rtmlib5": "every5"}
DETECTORS_SHARE = 5  # --detect_every of the bound


def speed_row(comparison, variant):
    count, values = comparison.frames, comparison.values
    row = [comparison.pair.title, NAMES[variant], f"{count / comparison.median(variant):.3g}", f"{1e3 * comparison.median(variant, 'cpu') / count:.3g}"]
    base = BASES.get(variant)
    return [*row, report.ratio_text(report.ratio(values[variant]["seconds"], values[base]["seconds"])) if base else ""]


def overlap_row(comparison, variant):
    """Compares a whole run with its networks alone."""
    count, alone, whole = comparison.frames, comparison.networks_alone(variant), comparison.median(variant)
    return [comparison.pair.title, NAMES[variant], f"{1e3 * alone / count:.3g}", f"{1e3 * whole / count:.3g}", f"{100 * (whole / alone - 1):+.0f} %"]


def bound(comparison):
    """Returns the largest ratio of frame rates that the times of the networks allow for --detect_every 5."""
    people = [len(frame.ids) for _, frame in comparison.found["every"]]
    detector = statistics.median(comparison.nets["detector"])
    pose = video_runs.pose_ms(people, [statistics.median(comparison.nets[batch]) for batch in video_runs.BATCHES]) / len(people)
    return detector, pose, (detector + pose) / (detector / DETECTORS_SHARE + pose)


def agreement_row(comparison):
    same = video_runs.agreement(comparison.found["every"], comparison.found["every5"])
    detections, oks = sum(detected for detected, _ in comparison.found["every5"]), same["oks"]
    detector, pose, most = bound(comparison)
    row = [comparison.pair.title, f"{detections} of {comparison.frames}", same["people"], same["others"], f"{100 * same['pairs'] / max(same['people'], 1):.1f} %"]
    quality = [f"{np.mean(oks):.3f}", f"{np.median(oks):.3f}", f"{oks[same['clear']].mean():.3f}"] if len(oks) else [""] * 3
    return [*row, *quality, f"{detector:.1f}", f"{pose:.1f}", f"{most:.2f}"]


def memory_text(memory):
    mb = lambda key: f"{memory[key] / 1e6:.1f} MB"
    growth = (memory["end_bytes"] - memory["early_bytes"]) / 1e6
    return (
        f"Memory of {memory['frames']} frames with `--track --smooth --jsonl -`, tiny networks, 96 x 64, 4 people a frame,\nin {memory['seconds']:.0f} s: "
        f"resident {mb('early_bytes')} after frame {memory['early']}, {mb('end_bytes')} at the end ({growth:+.1f} MB).\n"
    )


def markdown(comparisons, memory, facts):
    versions = next((c.versions for c in comparisons if c.versions), {})
    lines = [", ".join([f"{facts['machine']}; {facts['date']}; load at the start {facts['load']:.1f}", *(f"{k} {v}" for k, v in versions.items())]) + "."]
    lines += [f"\n```\n{facts['command']}\n```\n", f"Medians over {facts['rounds']} interleaved rounds of {comparisons[0].frames} frames, with ids and `--jsonl`."]
    lines += ["CPU ms are those of all threads. The last column is the time of the row divided by that of the same"]
    lines += ["`--detect_every`, or of the detector in every frame, with the smallest and largest ratio of a round.\n"]
    rows = [speed_row(c, variant) for c in comparisons for variant in c.values]
    lines += [report.table(["networks", "run", "frames / s", "CPU ms / frame", "time, relative"], rows)]
    lines += ["People of `--detect_every 5` against those of the detector in every frame, paired by an IoU of boxes of at\nleast 0.5.\n"]
    lines += ["The keypoints of clear people have a mean score of at least 0.5. The ratio at most is that of frame rates, if\nonly the networks took time, with a detection in every fifth frame:\n"]
    head = ["networks", "frames with a detection", "people, every frame", "people, `--detect_every 5`", "paired", "mean OKS", "median OKS", "mean OKS, clear people"]
    head += ["detector, ms", "pose, ms / frame", "ratio at most"]
    lines += [report.table(head, [agreement_row(c) for c in comparisons])]
    lines += ["The whole program against its networks alone (`bench/nets`):\n"]
    rows = [overlap_row(c, variant) for c in comparisons for variant in c.values if variant in video_runs.OURS]
    lines += [report.table(["networks", "run", "networks alone, ms / frame", "whole program, ms / frame", "more"], rows)]
    return "\n".join(lines + [memory_text(memory)])
