# Shared code of the tests of scripts/train that need PyTorch, too: small sets of rendered people.
# SPDX-License-Identifier: MIT
"""Must be imported first, as train_folder."""

from train_folder import PROJECT, Case, has, main, need  # noqa: F401

need("torch")

import torch

torch.set_num_threads(1)


def portraits(count, seed=3, prefix="train/photo"):
    """Returns a samples.Set of at least `count` rendered people."""
    import render
    import samples

    out, index = samples.Set(), 0
    while len(out) < count:
        for name, sample in render.cut_people(render.rendered(seed, index, "portrait"), f"{prefix}{index}.jpg"):
            out.add(sample, name)
        index += 1
    return out
