# The people of an image file, in Python: pose_image.py PHOTO [DETECTOR]
# SPDX-License-Identifier: MIT
import sys

import alphapose_cpp

try:
    pose = alphapose_cpp.Pose(*sys.argv[2:3])
    people = pose(sys.argv[1])
    for person in people:
        x, y, score = person.keypoints[0]
        print(f"person {person.score:.2f}: nose at {x:.1f}, {y:.1f}")
    print(len(people), "people")
except alphapose_cpp.Error as error:
    sys.exit(f"pose_image.py: {error}")
