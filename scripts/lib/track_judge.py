# Judges tracks by TrackEval: HOTA, IDF1, MOTA, switches of ids, fragmentations.
# SPDX-License-Identifier: MIT

import contextlib
import functools
import io

import numpy as np

from lib.problem import Problem

SAME = 0.5  # IoU from which a found box is a person's
NAMES = ("HOTA", "DetA", "AssA", "IDF1", "MOTA", "switches", "fragments")


@functools.cache
def measures():
    """Returns TrackEval's objects by name."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it reports data sets whose packages are missing
            from trackeval import metrics
    except ImportError as error:
        raise Problem(f"expected the Python packages trackeval and scipy (scripts/setup), found: {error}") from None
    return {"hota": metrics.HOTA(), "clear": metrics.CLEAR({"PRINT_CONFIG": False}), "identity": metrics.Identity({"PRINT_CONFIG": False})}


def iou(a, b):
    """Returns the intersection over union of boxes [n, 4] and [m, 4] -> [n, m]."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.prod(np.maximum(high - low, 0), axis=2)
    area = lambda boxes: np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    return inner / np.maximum(area(a)[:, None] + area(b)[None] - inner, 1e-9)


def pairs(likeness, least):
    """Returns (rows, columns) of the best assignment, limited to values of at least `least`."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(likeness >= least, likeness, 0), maximize=True)
    kept = likeness[rows, columns] >= least
    return rows[kept], columns[kept]


def judged(truth, found):
    """Returns (found boxes, their ids) of those with a track, without those of people who need not be found (hidden, tiny), as in MOTChallenge."""
    tracked = found.ids > 0
    boxes, ids = found.boxes[tracked], found.ids[tracked]
    people, own = pairs(iou(truth.boxes, boxes), SAME)
    free = np.ones(len(ids), bool)
    free[own[~truth.counted[people]]] = False
    return boxes[free], ids[free]


def numbered(lists):
    """Replaces ids by 0, 1, ...  Returns (lists, number of ids)."""
    names = np.unique(np.concatenate(lists)) if lists else np.zeros(0, int)
    return [np.searchsorted(names, ids) for ids in lists], len(names)


def data_of(clip, frames):
    """Returns a clip's ids and likenesses in the form that TrackEval's measures take.  frames: track_lines.Found"""
    if len(frames) != len(clip.frames):
        raise Problem(f"{clip.name}: expected {len(clip.frames)} frames, found {len(frames)}")
    wanted_ids, found_ids, likeness = [], [], []
    for truth, found in zip(clip.frames, frames):
        boxes, ids = judged(truth, found)
        if len(np.unique(ids)) != len(ids):
            raise Problem(f"{clip.name}: expected distinct ids in a frame, found {sorted(ids.tolist())}")
        wanted_ids.append(truth.ids[truth.counted])
        found_ids.append(ids)
        likeness.append(iou(truth.boxes[truth.counted], boxes))
    (wanted, wanted_count), (found, found_count) = numbered(wanted_ids), numbered(found_ids)
    return {
        "num_gt_dets": sum(map(len, wanted)), "num_tracker_dets": sum(map(len, found)), "num_gt_ids": wanted_count, "num_tracker_ids": found_count,
        "num_timesteps": len(frames), "gt_ids": wanted, "tracker_ids": found, "similarity_scores": likeness,
    }  # fmt: skip


def short(results):
    """Returns NAMES -> value of TrackEval's results."""
    hota, clear, identity = (results[name] for name in ("hota", "clear", "identity"))
    values = [float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA")]
    return dict(zip(NAMES, [*values, float(identity["IDF1"]), float(clear["MOTA"]), int(clear["IDSW"]), int(clear["Frag"])]))


def judge(clips, tracked):
    """Returns (values of all clips together, values by the clip's name).  tracked: frames of each clip"""
    results = {name: {} for name in measures()}
    for clip, frames in zip(clips, tracked, strict=True):
        data = data_of(clip, frames)
        for name, measure in measures().items():
            results[name][clip.name] = measure.eval_sequence(data)
    each = {clip.name: short({name: results[name][clip.name] for name in results}) for clip in clips}
    return short({name: measure.combine_sequences(results[name]) for name, measure in measures().items()}), each


def switches(clip, frames):
    """Returns the switches of ids that TrackEval counts, as (frame, person, id before, id after), for a look at them.  As in CLEAR, a pair of the
    frame before is kept where the boxes still match."""
    last, before, out = {}, {}, []
    for k, (truth, found) in enumerate(zip(clip.frames, frames)):
        boxes, ids = judged(truth, found)
        people, likeness = truth.ids[truth.counted], iou(truth.boxes[truth.counted], boxes)
        kept = np.array([[before.get(int(person)) == own for own in ids] for person in people], bool).reshape(likeness.shape)
        before = {int(people[row]): int(ids[column]) for row, column in zip(*pairs(likeness + 1000 * (kept & (likeness >= SAME)), SAME))}
        out += [(k, person, last[person], own) for person, own in sorted(before.items()) if last.get(person, own) != own]
        last |= before
    return out
