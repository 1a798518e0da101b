# Runs a tracker of the Python package trackers on boxes and scores.  A separate process, since its packages are in .venv-track.
# SPDX-License-Identifier: MIT
"""Standard input: {"tracker", "options", "clips": [{"fps", "frames": [[[x1, y1, x2, y2, score], ...], ...]}]}.  Standard output: [[[id of each box,
0 for none, ...], ...], ...].  Every clip gets a new tracker and its frame rate, as the package's documentation says; all other options keep the
values that the authors chose, unless given."""

import json
import sys

import numpy as np
import supervision
import trackers

TRACKERS = {"bytetrack": trackers.ByteTrackTracker, "ocsort": trackers.OCSORTTracker}


def ids_of(tracker, boxes):
    """Returns the id of each box, from 1; 0 for none.  The tracker may return the boxes in another order, so that they carry their number."""
    data = {"number": np.arange(len(boxes))}
    detections = supervision.Detections(boxes[:, :4], confidence=boxes[:, 4], class_id=np.zeros(len(boxes), int), data=data)
    out = np.zeros(len(boxes), int)
    tracked = tracker.update(detections)
    if len(tracked):
        out[tracked.data["number"]] = tracked.tracker_id + 1
    return out


def main():
    job = json.load(sys.stdin)
    out = []
    for clip in job["clips"]:
        tracker = TRACKERS[job["tracker"]](frame_rate=clip["fps"], **job["options"])
        out.append([ids_of(tracker, np.array(boxes, float).reshape(-1, 5)).tolist() for boxes in clip["frames"]])
    print(json.dumps(out))


if __name__ == "__main__":
    main()
