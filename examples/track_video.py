# The people of a clip with ids that last, in Python: track_video.py CLIP [DETECTOR]
# SPDX-License-Identifier: MIT
import sys

import alphapose_cpp

LEFT_WRIST = 9

try:
    pose = alphapose_cpp.Pose(*sys.argv[2:3])
    for frame in pose.track(sys.argv[1], detect_every=5, smooth=True):
        for person in frame.people:
            x, y, score = person.smooth[LEFT_WRIST]
            print(f"{frame.seconds:.3f} s  person {person.id}  left wrist {x:.1f} {y:.1f}")
except alphapose_cpp.Error as error:
    sys.exit(f"track_video.py: {error}")
