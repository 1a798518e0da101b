# The people in a folder of clips, frame by frame, on all machines of a Ray cluster: ray_video.py CLIPS OUT [OPTION=VALUE...]
# SPDX-License-Identifier: MIT
"""Writes one row for each frame to Parquet files in OUT.  The clips are read where they are computed, so all machines need CLIPS.

Options: actors (4), cpus (of an actor, 2), and those of alphapose_cpp.Pose.
"""
import json
import os
import sys

import ray

from alphapose_cpp.ray import PoseVideo, typed_frames

clips, out = sys.argv[1:3]
options = dict(argument.split("=", 1) for argument in sys.argv[3:])
actors, cpus = (int(options.pop(name, usual)) for name, usual in (("actors", 4), ("cpus", 2)))
options = {name: json.loads(value) if value[:1].isdigit() else value for name, value in options.items()}

paths = sorted(entry.path for entry in os.scandir(clips) if entry.is_file())
frames = ray.data.from_items([{"path": path} for path in paths], override_num_blocks=len(paths)).flat_map(
    PoseVideo,
    fn_constructor_kwargs={"track": {"detect_every": 5, "smooth": True}, **options},
    compute=ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
    num_cpus=cpus,
    max_restarts=3,  # as in ray_pose.py
    max_task_retries=3,
)
frames.map_batches(typed_frames, batch_format="pyarrow").write_parquet(out)
