# Recorder: writes named values to a safetensors stream as they are computed (dump_pytorch.py).
# SPDX-License-Identifier: MIT

import re


class Recorder:
    """Writes each value at once, so that nothing is kept in memory and no later in-place operation can change it.

    A repeated name gets #2, #3, ... appended; the parts of a tuple, list or dictionary get .0, .1, ... or .KEY.  only: regular expression, searched
    in names.  to_array: tensor -> its numbers for NumPy, None for one without floating-point numbers, which is skipped; left_out: names of those"""

    def __init__(self, stream, only, to_array):
        self.stream, self.only, self.to_array, self.left_out = stream, re.compile(only), to_array, []
        self.calls, self.names = {}, set()

    def __call__(self, name, value):
        self.calls[name] = count = self.calls.get(name, 0) + 1
        for suffix, tensor in leaves(value):
            self._write(self._unique(name + (f"#{count}" if count > 1 else "") + suffix), tensor)

    def _unique(self, name):
        unique, count = name, 1
        while unique in self.names:
            count += 1
            unique = f"{name}#{count}"
        self.names.add(unique)
        return unique

    def _write(self, name, tensor):
        if not self.only.search(name):
            return
        array = self.to_array(tensor)
        if array is None:
            self.left_out.append(name)
        else:
            self.stream.add(name, array)


def leaves(value, suffix=""):
    """Yields (suffix, tensor) of a value and of everything that it contains."""
    if hasattr(value, "shape"):
        yield suffix, value
    elif isinstance(value, (tuple, list)):
        for i, part in enumerate(value):
            yield from leaves(part, f"{suffix}.{i}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{suffix}.{key}")
