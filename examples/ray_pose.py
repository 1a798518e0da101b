# The people in a folder of images, on all machines of a Ray cluster: ray_pose.py IMAGES OUT [OPTION=VALUE...]
# SPDX-License-Identifier: MIT
"""Writes one row for each file to Parquet files in OUT.  A job that was killed continues where it was when it is started again.

Options: actors (4), cpus (of an actor, 2), gpus (of an actor, 0), batch (16), and those of alphapose_cpp.Pose, such as detector=yolov3-tiny.
"""
import json
import sys

import ray
from ray.data.checkpoint import CheckpointConfig

from alphapose_cpp.ray import PoseEstimator

images, out = sys.argv[1:3]
options = dict(argument.split("=", 1) for argument in sys.argv[3:])
actors, cpus, gpus, batch = (int(options.pop(name, usual)) for name, usual in (("actors", 4), ("cpus", 2), ("gpus", 0), ("batch", 16)))
options = {name: json.loads(value) if value[:1].isdigit() else value for name, value in options.items()}

# Ray writes the ids of finished rows next to each Parquet file.  The next run removes what a killed one left half written, and skips finished rows.
# The id must be unique and pass through all steps.  A cluster needs a folder that all machines see, for both.
ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig("path", f"{out.rstrip('/')}.done", delete_checkpoint_on_success=False)

rows = ray.data.read_binary_files(images, include_paths=True).map_batches(
    PoseEstimator,
    fn_constructor_kwargs=options,
    batch_format="pyarrow",
    batch_size=batch,
    compute=ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
    num_cpus=cpus,
    num_gpus=gpus,
    # Without limits, Ray starts a worker that crashes again for ever, with the same images: both are -1 by default.
    max_restarts=3,
    max_task_retries=3,
)
rows.write_parquet(out)
