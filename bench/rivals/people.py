# Compares two results for one folder of images: the number of people, and the distance between their keypoints.
# SPDX-License-Identifier: MIT

import json

import numpy as np

CLOSE = 0.5  # pixels
SURE = 0.05  # keypoints below are not drawn either (docs/spec.md, section 11)


def read(path):
    """Reads alphapose-results.json -> image -> [people, 17, 3]."""
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    found = {}
    for entry in entries:
        found.setdefault(entry["image_id"], []).append(np.reshape(entry["keypoints"], (-1, 3)))
    return {name: np.stack(people) for name, people in found.items()}


def distances(ours, theirs):
    """Pairs every person of ours with the nearest of theirs by keypoints, each of theirs once.  Returns the distances of the confident keypoints in pixels,
    and the number of people of either side without a partner."""
    found, alone = [np.zeros(0)], 0
    for name in ours.keys() | theirs.keys():
        a, b = (side.get(name, np.zeros((0, 17, 3))) for side in (ours, theirs))
        distance = np.sqrt(((a[:, None, :, :2] - b[None, :, :, :2]) ** 2).sum(3))
        alone += abs(len(a) - len(b))
        mean = distance.mean(2)
        for _ in range(min(len(a), len(b))):
            i, j = np.unravel_index(mean.argmin(), mean.shape)
            found.append(distance[i, j][a[i, :, 2] > SURE])
            mean[i, :] = mean[:, j] = np.inf
    return np.concatenate(found), alone


def summary(ours, theirs):
    count = lambda side: sum(len(people) for people in side.values())
    distance, alone = distances(ours, theirs)
    close, median = (float((distance <= CLOSE).mean()), float(np.median(distance))) if len(distance) else (0.0, 0.0)
    return {"ours": count(ours), "theirs": count(theirs), "alone": alone, "joints": len(distance), "close": close, "median_px": median}
