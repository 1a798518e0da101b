# How near joints are: PCK of the torso, as a number for many people.
# SPDX-License-Identifier: MIT

import numpy as np


def torso(joints):
    """Length of the torso [n]: the middle of the shoulders to the middle of the hips; never below a fifth of the joints' extent, for torsos that point
    at the camera."""
    length = np.linalg.norm(joints[:, 5:7].mean(1) - joints[:, 11:13].mean(1), axis=1)
    return np.maximum(length, 0.2 * np.ptp(joints, axis=1).max(1))


def right(found, joints, share=0.2):
    """[n, 17]: is a joint found within `share` of the torso's length?  found, joints: [n, 17, 2]"""
    return np.linalg.norm(found - joints, axis=2) <= share * torso(joints)[:, None]


def pck(found, joints, counted, share=0.2):
    """Of the joints that count ([n, 17]), the part that is right; NaN where none counts."""
    counted = counted.astype(bool)
    return float(right(found, joints, share)[counted].mean()) if counted.any() else float("nan")
