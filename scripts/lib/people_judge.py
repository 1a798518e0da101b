# Judges keypoints by people's labels: OKS, PCK, AP and AR, in all and for each keypoint, with intervals by bootstrap over people.
# SPDX-License-Identifier: MIT

import dataclasses
import pathlib
import shlex
import tempfile

import numpy as np

from lib import coco_ap, keypoints, people_labels
from lib.marked_text import markdown
from lib.pose_program import run_pose

COMMAND = "scripts/eval_pose.py labelled"
MEASURES = ("OKS", "PCK", "AP", "AR")
DRAWS, SEED, WITHIN = 1000, 20, (2.5, 97.5)  # samples of the bootstrap, and the percentiles that are the ends of an interval
FEW = 100  # people of a set below which a sentence about the intervals is written


@dataclasses.dataclass
class Found:
    """What a network found of the judged people of a set [n].  similarity, right [n, 17]; counted, scaled [n, 17]: keypoints that count for OKS, for PCK;
    curve: None where nothing was found; matched: people with an OKS of at least 0.5; found: people, in all"""

    similarity: np.ndarray
    right: np.ndarray
    counted: np.ndarray
    scaled: np.ndarray
    curve: coco_ap.Curve | None
    matched: int
    found: int

    def values(self, weights):
        """Returns the MEASURES, then the PCK of each keypoint, then its mean similarity; NaN where nothing is labeled.  weights: of the people [n]"""
        with np.errstate(invalid="ignore"):
            oks = (self.similarity * self.counted).sum(1) / self.counted.sum(1)
            weighted, scaled = weights[:, None] * self.counted, weights[:, None] * self.scaled
            pck = (self.right * scaled).sum() / scaled.sum()
            precision = self.curve.at(weights) if self.curve else (0.0, 0.0) if len(weights) else (np.nan, np.nan)
            each = (self.right * scaled).sum(0) / scaled.sum(0), (self.similarity * weighted).sum(0) / weighted.sum(0)
            return np.concatenate([[(oks * weights).sum() / weights.sum(), pck, *precision], *each])


def outside_regions(results, photos):
    """Selects the results that are judged.  As in PoseTrack's evaluation, keypoints in regions that are not judged are removed, and a person without any left.
    photos: by name"""
    points = [np.array(entry["keypoints"], float).reshape(17, 3)[:, :2] for entry in results]
    return [entry for entry, one in zip(results, points) if not people_labels.in_regions(one, photos[entry["image_id"]].regions).all()]


def judge(photos, labels, results, names):
    """photos: by name, in the order of people_labels.write, which returned the labels.  results: as `pose` writes them.  names: of the photos that are judged"""
    results = [entry for entry in outside_regions(results, photos) if entry["image_id"] in names]
    rows, ids, matched, before = [], [], 0, 0
    for name, photo in photos.items():
        first, before = before + 1, before + len(photo.counted)
        if name not in names:
            continue
        judged = photo.judged
        joints, counted, areas = photo.joints[judged], photo.counted[judged], photo.areas[judged]
        ids += (first + np.flatnonzero(judged)).tolist()
        found = np.array([entry["keypoints"] for entry in results if entry["image_id"] == name], float).reshape(-1, 17, 3)[..., :2]
        mine = np.full_like(joints, np.nan)
        for wanted, one, oks in keypoints.pairs(found, joints, counted, areas):
            mine[wanted] = found[one]
            matched += oks >= keypoints.SAME_PERSON
        scaled = counted & np.isfinite(keypoints.torso(joints, counted))[:, None]
        rows.append((keypoints.similarity(mine, joints, areas), keypoints.right(mine, joints, known=counted), counted, scaled))
    judged = labels.judge(results, names)
    return Found(*map(np.concatenate, zip(*rows)), coco_ap.Curve(judged, ids) if judged and ids else None, matched, len(results))


def intervals(values, count, draws=DRAWS, seed=SEED):
    """Returns (low ends, high ends) of values(weights), by drawing `count` people with replacement."""
    if count == 0:
        return values(np.zeros(0)), values(np.zeros(0))
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    drawn = np.ma.masked_invalid([values(one.astype(float)) for one in weights])
    low, high = (np.array([np.percentile(one.compressed(), end) if one.count() else np.nan for one in drawn.T]) for end in WITHIN)
    return low, high


def with_intervals(found):
    """Returns {"OKS": [value, low, high], ..., "keypoints": {name: {"PCK": [...], "OKS": [...], "labeled": n}}}; None for NaN"""
    count = len(found.counted)
    columns = [found.values(np.ones(count)), *intervals(found.values, count)]
    cells = [[None if np.isnan(v) else float(v) for v in cell] for cell in zip(*columns)]
    each = {name: {"PCK": cells[4 + i], "OKS": cells[21 + i], "labeled": int(found.counted[:, i].sum())} for i, name in enumerate(keypoints.NAMES)}
    return {**dict(zip(MEASURES, cells)), "people": count, "labeled": int(found.counted.sum()), "matched": found.matched, "found": found.found, "keypoints": each}


def measure(program, sets, nets, options=()):
    """nets: like "pose-nano --flip".  In labeled boxes where no --detector is given -> {net: {set: with_intervals}}; the set "all" where there are several"""
    photos = [photo for some in sets.values() for photo in some]
    with tempfile.TemporaryDirectory(prefix="labels-") as folder:
        labels = people_labels.write(photos, pathlib.Path(folder))
        photos = dict(zip(labels.files, photos))
        names = iter(labels.files)
        members = {name: [next(names) for _ in some] for name, some in sets.items()}
        members.update({"all": labels.files} if len(sets) > 1 else {})
        out = {}
        for net in nets:
            command = ["--pose", *shlex.split(net), *options]
            boxes = None if "--detector" in command else labels.boxes(photos)
            results = run_pose(program, [pathlib.Path(folder) / file for file in labels.files], command, boxes).results
            out[net] = {name: with_intervals(judge(photos, labels, results, some)) for name, some in members.items()}
        return out


def cell(values):
    """Returns "value [low, high]"."""
    value, low, high = values
    return "" if value is None else f"{value:.3f} [{low:.2f}, {high:.2f}]"


def heading(net):
    name, *rest = net.split(" ", 1)
    return ", ".join([name, *(f"`{one}`" for one in rest)])


def tables(measured, photos):
    """measured: of measure; photos: {set: number of photos}"""
    first = next(iter(measured.values()))
    few = [f"{values['people']} people ({name})" for name, values in first.items() if values["people"] < FEW]
    sizes = [(name, photos[name], values["people"], values["labeled"]) for name, values in first.items() if name in photos]
    rows = [(name, heading(net), *(cell(values[key]) for key in MEASURES), f"{values['matched']} of {values['people']}, {values['found']}")
            for name in first for net, values in ((net, sets[name]) for net, sets in measured.items())]  # fmt: skip
    parts = [markdown(("set", "photos", "people", "keypoints"), sizes), markdown(("set", "network", "OKS", "PCK@0.2", "AP", "AR", "people matched, found"), rows)]
    if few:
        parts.append(f"{', '.join(few)}: these are few. The intervals are wide, and a difference smaller than they are may be chance.")
    last, shown = list(first)[-1], {net: sets for net, sets in measured.items() if "--detector" not in net} or measured
    for title, key in (("PCK@0.2", "PCK"), ("Similarity (OKS)", "OKS")):
        rows = [(f"`{name}`", first[last]["keypoints"][name]["labeled"], *(cell(sets[last]["keypoints"][name][key]) for sets in shown.values())) for name in keypoints.NAMES]
        parts += [f"{title} of each keypoint, {last}:", markdown(("keypoint", "labeled", *map(heading, shown)), rows)]
    return "\n\n".join(parts)
