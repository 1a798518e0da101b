# Measures trackers and smoothing, and writes the tables of docs/quality.md.
# SPDX-License-Identifier: MIT

import datetime
import pathlib

from lib import marked_text, track_cases, track_judge, track_run, track_simulate, track_smooth

COMMAND = "scripts/eval_track.py table"
SMOOTH = ("--smooth",)  # option of `results track`
PAIRS = [f"{what}, {which}" for what in ("jitter", "error", "lag") for which in ("raw", "smoothed")]
SMOOTH_HEAD = ("keypoints", *PAIRS, "less jitter", "range of the wrist")


def number(name, value):
    return str(value) if name in ("switches", "fragments") else f"{value:.3f}"


def trackers(args, detections):
    """Returns (tables of the test clips, results by tracker: (all, by clip))."""
    case = track_cases.Case(track_cases.arguments(args.build, args.folder, set="test", detections=detections, options=[]))
    results = {name: track_judge.judge(case.clips, frames) for name, frames in case.tracked()}
    return case, results


def totals(results):
    rows = [[name, *(number(key, total[key]) for key in track_judge.NAMES)] for name, (total, _) in results.items()]
    return marked_text.markdown(["tracker", *track_judge.NAMES], rows)


def by_kind(case, results):
    """Returns a table of HOTA and switches of each kind of clip."""
    kinds = list(dict.fromkeys(clip.kind for clip in case.clips))
    names = [name for name in results if not name.startswith("greedy")]
    rows = []
    for kind in kinds:
        clips = [clip.name for clip in case.clips if clip.kind == kind]
        row = [f"`{kind}`"]
        for name in names:
            each = [results[name][1][clip] for clip in clips]
            row.append(f"{sum(values['HOTA'] for values in each) / len(each):.3f}, {sum(values['switches'] for values in each)}")
        rows.append(row)
    return marked_text.markdown(["clips", *names], rows)


def singles(args, kind, detections):
    """Returns the smoothed people of the clips with one person, as track_smooth.Single, and their clips."""
    clips = track_cases.rendered(args.folder, track_cases.SINGLE[kind], kind)
    if detections == "pose":
        found = [track_cases.found_by_pose(track_cases.program(args.build, "pose"), clip, track_cases.POSE) for clip in clips]
    else:
        found = [track_simulate.simulate(clip)[0] for clip in clips]
    frames = track_run.ours(track_cases.program(args.build, "results"), clips, found, SMOOTH)
    return [track_smooth.single(clip, some) for clip, some in zip(clips, frames)], clips


def smooth_rows(args):
    """Returns the rows of a table with SMOOTH_HEAD: for simulated keypoints and for those of `pose`."""
    rows = []
    for title, detections in (("simulated", "simulated"), ("yolo-fastest-xl, pose-nano", "pose")):
        still, _ = singles(args, "still", detections)
        wave, _ = singles(args, "wave", detections)
        raw, smoothed, less = track_smooth.change(still)
        mean = lambda values: sum(values) / len(values)
        errors = [mean([track_smooth.error(getattr(p, name), p) for p in still]) for name in ("found", "smooth")]
        lags = [[track_smooth.lag(getattr(p, name), p) for p in wave] for name in ("found", "smooth")]
        late = [mean([frames for frames, _ in some]) for some in lags]
        ranges = mean([after / before for (_, before), (_, after) in zip(*lags)])
        values = [*(f"{value:.1f}" for value in (raw, smoothed, *errors)), *(f"{frames:.2f}" for frames in late)]
        rows.append([title, *values, *(f"{100 * share:.0f} %" for share in (less, ranges))])
    return rows


def noise_text(args):
    """Returns the noise of pose-nano on a standing person, which the simulation has."""
    still, clips = singles(args, "still", "pose")
    values = [track_smooth.noise(person, clip.fps) for person, clip in zip(still, clips)]
    deviation, memory = (sum(value[k] for value in values) / len(values) for k in range(2))
    simulated = f"simulated: {1000 * track_simulate.KEYPOINT_NOISE:.1f}, {track_simulate.MEMORY}"
    return f"Noise of pose-nano on a standing person: {deviation:.1f} along an axis, with a correlation of {memory:.2f} over 1/25 s ({simulated})."


def everything(args):
    parts = [f"{datetime.date.today().isoformat()}, `{COMMAND}`, trackers {dict(r.split('==') for r in track_run.REQUIREMENTS)['trackers']}."]
    for title, detections in (("Simulated detections", "simulated"), ("Detections of yolo-fastest-xl and pose-nano", "pose")):
        case, results = trackers(args, detections)
        parts += [f"### {title}", totals(results), "HOTA (mean of the clips) and switches by kind:", by_kind(case, results)]
    return "\n\n".join([*parts, "### Smoothing", marked_text.markdown(SMOOTH_HEAD, smooth_rows(args)), noise_text(args)])


def write(args):
    marked_text.replace(pathlib.Path(args.file), COMMAND, lambda: everything(args))
