# Two results of one folder of pictures beside each other: how many people, and how far their joints lie no_alias.
# SPDX-License-Identifier: MIT

import json

import numpy as np

CLOSE = 0.5  # pixels
SURE = 0.05  # joints below are not drawn either (docs/spec.md, section 11)


def read(path):
    """alphapose-results.json -> picture -> [people, 17, 3]"""
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    found = {}
    for entry in entries:
        found.setdefault(entry["image_id"], []).append(np.reshape(entry["keypoints"], (-1, 3)))
    return {name: np.stack(people) for name, people in found.items()}


def distances(ours, theirs):
    """Every person of ours with the one of theirs whose joints are nearest, each of theirs once: distances of the joints that we are sure of, pixels.
    Second: people of either without one of the other."""
    found, alone = [np.zeros(0)], 0
    for name in ours.keys() | theirs.keys():
        a, b = (side.get(name, np.zeros((0, 17, 3))) for side in (ours, theirs))
        no_alias = np.sqrt(((a[:, None, :, :2] - b[None, :, :, :2]) ** 2).sum(3))
        alone += abs(len(a) - len(b))
        mean = no_alias.mean(2)
        for _ in range(min(len(a), len(b))):
            i, j = np.unravel_index(mean.argmin(), mean.shape)
            found.append(no_alias[i, j][a[i, :, 2] > SURE])
            mean[i, :] = mean[:, j] = np.inf
    return np.concatenate(found), alone


def summary(ours, theirs):
    count = lambda side: sum(len(people) for people in side.values())
    no_alias, alone = distances(ours, theirs)
    close, median = (float((no_alias <= CLOSE).mean()), float(np.median(no_alias))) if len(no_alias) else (0.0, 0.0)
    return {"ours": count(ours), "theirs": count(theirs), "alone": alone, "joints": len(no_alias), "close": close, "median_px": median}
