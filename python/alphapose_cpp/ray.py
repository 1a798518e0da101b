# alphapose_cpp.ray: pose estimation of images and clips on many machines, by Ray Data (docs/scale.md).
# SPDX-License-Identifier: MIT
"""PoseEstimator is for map_batches, PoseVideo for flat_map.  Needs pyarrow; Ray itself only where they run under it.

A image or clip that fails is a row whose status is "error", never an exception, which would end the job.
"""

import os as _os
import sys as _sys
import tempfile as _tempfile

import numpy as _np
import pyarrow as _pa

from alphapose_cpp import DeviceError as _DeviceError, Error as _Error, InputError as _InputError, Pose as _Pose, decode as _decode

__all__ = ["KEYPOINTS", "SCHEMA", "VIDEO_SCHEMA", "PoseEstimator", "PoseVideo", "default_weight_cache", "typed_frames"]

KEYPOINTS = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
             "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")


def _floats(*names):
    return _pa.struct([(name, _pa.float32()) for name in names])


_BOX = ("x1", "y1", "x2", "y2")
_POINT, _PLACE = ("x", "y", "score"), ("x", "y")


def _points(names):
    return _pa.struct([(name, _floats(*names)) for name in KEYPOINTS])


_PERSON = [("id", _pa.int32()), ("score", _pa.float32()), ("box", _floats(*_BOX)), ("box_score", _pa.float32()), ("keypoints", _points(_POINT))]
_STATE = [("status", _pa.string()), ("error", _pa.string()), ("width", _pa.int32()), ("height", _pa.int32())]
_PEOPLE = _pa.list_(_pa.struct(_PERSON))
_TRACKED_PEOPLE = _pa.list_(_pa.struct([*_PERSON, ("smooth", _points(_PLACE))]))
SCHEMA = _pa.schema([("path", _pa.string()), *_STATE, ("people", _PEOPLE)])
VIDEO_SCHEMA = _pa.schema([("path", _pa.string()), ("frame", _pa.int64()), ("time", _pa.float64()), ("detected", _pa.bool_()), *_STATE,
                           ("people", _TRACKED_PEOPLE)])


def default_weight_cache():
    """Returns a folder of this user and machine for packed weights, which all actors of a machine map; None where it cannot be had."""
    if "POSE_WEIGHT_CACHE" in _os.environ:
        return _os.environ["POSE_WEIGHT_CACHE"]
    path = _os.path.join(_tempfile.gettempdir(), f"alphapose-cpp-{_os.getuid()}")
    try:
        _os.makedirs(path, mode=0o700, exist_ok=True)
        found = _os.lstat(path)
    except OSError:
        return None
    # Another user could have made it, with other weights in it.
    return path if _os.path.isdir(path) and not _os.path.islink(path) and found.st_uid == _os.getuid() and found.st_mode & 0o022 == 0 else None


def _assigned(resource):
    """Returns how much of a resource Ray gave this worker; None outside of a worker of Ray."""
    ray = _sys.modules.get("ray")  # a worker has it
    if ray is None or not ray.is_initialized():
        return None
    context = ray.get_runtime_context()
    return context.get_assigned_resources().get(resource, 0) if context.worker.mode == ray.WORKER_MODE else None


def _make_pose(options):
    """Returns a Pose with Ray's share of the machine for options that are not given."""
    options = {"keypoints": "coco17", **options}
    if options["keypoints"] != "coco17":  # the columns of SCHEMA
        raise _InputError(f"keypoints: expected coco17, found {options['keypoints']!r:.80}")
    cpus, gpus = _assigned("CPU"), _assigned("GPU")
    if gpus:
        options.setdefault("device", "cuda:0")  # Ray hides the other GPUs from the worker
    if cpus is not None:
        options.setdefault("threads", max(1, int(cpus)))
    if options.get("device", "cpu") == "cpu":
        options.setdefault("weight_cache", default_weight_cache())
    return _Pose(**options)


def _message(error):
    """Returns the text of an error, without the bytes of file names that Arrow's UTF-8 has no place for."""
    text = str(error) or type(error).__name__
    return text.encode("utf-8", "backslashreplace").decode()


def _check_device(error):
    """A device that failed stays failed.  The worker ends, so that Ray starts another one and gives it the batch, at most max_restarts times."""
    if not isinstance(error, _DeviceError):
        return
    if _assigned("CPU") is None:
        raise error
    print(f"alphapose_cpp.ray: {error}", file=_sys.stderr, flush=True)
    _os._exit(1)


def _struct(values, names):
    """Returns a struct array of float32 from an array [n, len(names)]."""
    columns = [_pa.array(_np.ascontiguousarray(values[:, i], dtype=_np.float32)) for i in range(len(names))]
    return _pa.StructArray.from_arrays(columns, list(names))


def _named(values, names):
    """Returns a struct array of the 17 keypoints from an array [n, 17, len(names)]."""
    return _pa.StructArray.from_arrays([_struct(values[:, k], names) for k in range(len(KEYPOINTS))], list(KEYPOINTS))


def _people_array(lists, tracked=False, smooth=False):
    """Returns the list array for one list of people per row."""
    people = [person for each in lists for person in each]
    n = len(people)
    ids = [person.id or None for person in people] if tracked else [None] * n
    points = _np.array([person.keypoints for person in people], dtype=_np.float32).reshape(n, len(KEYPOINTS), 3)
    columns = {
        "id": _pa.array(ids, _pa.int32()),
        "score": _pa.array([person.score for person in people], _pa.float32()),
        "box": _struct(_np.array([person.box for person in people], dtype=_np.float32).reshape(n, 4), _BOX),
        "box_score": _pa.array([person.box_score for person in people], _pa.float32()),
        "keypoints": _named(points, _POINT),
    }
    if tracked and smooth:
        columns["smooth"] = _named(_np.array([person.smooth[:, :2] for person in people], dtype=_np.float32).reshape(n, len(KEYPOINTS), 2), _PLACE)
    elif tracked:
        columns["smooth"] = _pa.nulls(n, _points(_PLACE))
    offsets = _np.concatenate([[0], _np.cumsum([len(each) for each in lists])])
    return _pa.ListArray.from_arrays(_pa.array(offsets, _pa.int32()), _pa.StructArray.from_arrays(list(columns.values()), list(columns)))


def _as_table(batch, column):
    """Returns the column of bytes as a list of buffers, and the other columns as a table, of a batch in any of Ray's formats."""
    if isinstance(batch, dict):
        values = list(batch[column])
        others = {name: _pa.array(list(array) if getattr(array, "ndim", 1) > 1 else array) for name, array in batch.items() if name != column}
        return values, _pa.table(others)
    table = batch if isinstance(batch, _pa.Table) else _pa.Table.from_pandas(batch, preserve_index=False)
    return [value.as_buffer() if value.is_valid and hasattr(value, "as_buffer") else value.as_py() for value in table[column]], table.drop([column])


class PoseEstimator:
    """Images: bytes of JPEG and PNG files in, rows of SCHEMA out.

    images.map_batches(PoseEstimator, fn_constructor_kwargs={"detector": ...}, batch_format="pyarrow", num_cpus=2, ...)

    column: the column with the bytes of the files, which is left out of the result.  All others stay, such as the `path` of
    read_binary_files(include_paths=True), which messages name.  max_pixels: larger images are error rows.
    options: those of Pose.  By default threads is the actor's num_cpus, device is "cuda:0" with num_gpus, and weight_cache is
    default_weight_cache().
    """

    def __init__(self, *, column="bytes", max_pixels=1 << 28, **options):
        self._column, self._max_pixels = column, max_pixels
        self._pose = _make_pose(options)

    def _row(self, data, source):
        """Returns error, width, height and people of one image."""
        width = height = 0
        try:
            if data is None:
                return "expected the bytes of a file, found null", 0, 0, []
            image = _decode(data, source=source, max_pixels=self._max_pixels)
            height, width = image.shape[:2]
            return None, width, height, self._pose(image)
        except (_Error, MemoryError, TypeError, ValueError) as error:
            _check_device(error)
            return _message(error), width, height, []

    def __call__(self, batch):
        values, table = _as_table(batch, self._column)
        paths = table["path"].to_pylist() if "path" in table.column_names else [None] * len(values)
        rows = [self._row(data, str(path or "data")) for data, path in zip(values, paths)]
        errors, widths, heights, people = zip(*rows) if rows else ((), (), (), ())
        made = {
            "path": _pa.array([None if path is None else str(path) for path in paths], _pa.string()),
            "status": _pa.array(["ok" if error is None else "error" for error in errors], _pa.string()),
            "error": _pa.array(errors, _pa.string()),
            "width": _pa.array(widths, _pa.int32()),
            "height": _pa.array(heights, _pa.int32()),
            "people": _people_array(people),
        }
        others = {name: table[name] for name in table.column_names if name not in made}
        return _pa.table({**others, **made}, schema=_pa.schema([*[table.schema.field(name) for name in others], *SCHEMA]))


class PoseVideo:
    """Clips: a row with `path` or the clip's bytes in, one row of VIDEO_SCHEMA for each frame out.

    clips.flat_map(PoseVideo, fn_constructor_kwargs={"detector": ...}, num_cpus=2, ...).map_batches(typed_frames, batch_format="pyarrow")

    A clip without bytes is opened by its path, which the worker must be able to read: large clips should not travel as rows.  A clip that
    breaks off has a row for each frame before, then one with the error, whose `frame` is null.  track: options of Pose.track(); the others are as
    those of PoseEstimator.
    """

    def __init__(self, *, column="bytes", track=None, **options):
        self._column, self._track = column, dict(track or {})
        self._smooth = bool(self._track.get("smooth", False))
        self._pose = _make_pose(options)

    def __call__(self, row):
        path, data = row.get("path"), row.get(self._column)
        head = {"path": None if path is None else str(path)}
        failed = {**head, "frame": None, "time": None, "detected": None, "status": "error", "width": 0, "height": 0, "people": []}
        descriptor, count = None, 0
        try:
            source = head["path"]
            if data is not None:
                descriptor = _os.memfd_create("clip")
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(data)
                source = f"/proc/self/fd/{descriptor}"
            if source is None:
                yield {**failed, "error": "expected a path or the bytes of a clip, found null"}
                return
            for frame in self._pose.track(source, **self._track):
                count += 1
                people = _people_array([frame.people], True, self._smooth).to_pylist()[0]
                yield {**head, "frame": frame.index, "time": frame.seconds, "detected": frame.detected, "status": "error" if frame.error else "ok",
                       "error": frame.error or None, "width": frame.width, "height": frame.height, "people": people}
            if count == 0:
                yield {**failed, "error": f"{head['path'] or 'data'}: expected a frame, found none"}
        except (_Error, MemoryError, TypeError, ValueError, OSError) as error:
            _check_device(error)
            text = _message(error)
            yield {**failed, "error": text if descriptor is None else text.replace(f"/proc/self/fd/{descriptor}", head["path"] or "data")}
        finally:
            if descriptor is not None:
                _os.close(descriptor)


def typed_frames(table):
    """Returns rows of PoseVideo as a table of VIDEO_SCHEMA.  For map_batches after flat_map, which guesses types: a block without people has none."""
    rows = table.select([name for name in VIDEO_SCHEMA.names if name in table.column_names]).to_pylist()
    return _pa.Table.from_pylist(rows, schema=VIDEO_SCHEMA)
