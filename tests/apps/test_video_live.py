#!/usr/bin/python3
# Tests `pose` on sources that are not whole files: addresses, pipes, and devices that fail.
# SPDX-License-Identifier: MIT
"""Usage: test_video_live.py BUILD_DIR"""
import contextlib
import errno
import http.server
import os
import pathlib
import signal
import threading
import unittest

from program_case import BUILD, INTERRUPTED, SOME_FAILED
from video_case import CLIPS, VideoTest, make_clips

FAULTS = BUILD / "tests" / "faults" / "libfaults.so"
setUpModule = make_clips


@contextlib.contextmanager
def serve_clip(data, size, announced=True):
    """Serves `data` by HTTP and gives its address.  The server says that the file has `size` bytes, unless `announced` is false."""

    class Clip(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header(*(("Content-Length", str(size)) if announced else ("Transfer-Encoding", "chunked")))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data if announced else b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Clip) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/clip.ts"
        server.shutdown()


class Live(VideoTest):
    def test_an_address_that_breaks_off(self):
        data = (CLIPS / "large.ts").read_bytes() * 3
        with serve_clip(data[:len(data) // 2], len(data)) as address:
            run = self.pose("--video", address, "--jsonl", self.jsonl, "--quiet")
        self.expect_error(run, SOME_FAILED, address)
        frames = [x["frame"] for x in self.lines()]
        self.assertEqual(frames, list(range(len(frames))))
        self.assertGreaterEqual(len(frames), 29)

    def test_a_live_address(self):
        data = (CLIPS / "large.ts").read_bytes()
        with serve_clip(data, len(data), announced=False) as address:  # without a size: frames that come while others are computed are left out
            frames = self.frames("--video", address, "--track", "--save_video")
        self.assertEqual(frames, sorted(set(frames)))
        self.assertEqual(frames[-1], 19)

    def test_a_device_that_fails_in_the_middle(self):
        """What is left of a camera that is unplugged, or of a disk with a bad sector: all reads fail from one of them on."""
        if not FAULTS.exists():
            self.skipTest("built with a sanitizer, which LD_PRELOAD of an allocator disturbs")
        clip = self.dir / "long.ts"
        clip.write_bytes((CLIPS / "large.ts").read_bytes() * 40)
        counts = self.dir / "counts"
        whole = self.frames(clip, env={**os.environ, "LD_PRELOAD": str(FAULTS), "POSE_FAULT_COUNTS": str(counts)})
        reads = int(dict(line.split() for line in counts.read_text().splitlines())["read"])
        fault = f"read:{reads * 2 // 3}:1000000000:{errno.EIO}"
        run = self.pose(clip, "--jsonl", self.jsonl, "--quiet", env={**os.environ, "LD_PRELOAD": str(FAULTS), "POSE_FAULT": fault})
        self.expect_error(run, SOME_FAILED, "long.ts")
        frames = [x["frame"] for x in self.lines()]
        self.assertEqual(frames, list(range(len(frames))))
        self.assertTrue(20 <= len(frames) < len(whole), (len(frames), len(whole)))

    @staticmethod
    def open_files(process):
        files = []
        for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed since the folder was listed
                files.append(link.readlink())
        return files

    def test_a_pipe_that_never_delivers(self):
        fifo = self.dir / "fifo.mp4"
        os.mkfifo(fifo)
        process = self.start("--video", fifo, "--quiet")
        self.wait_for(lambda: fifo in self.open_files(process))
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=20)[1]
        self.assertEqual((process.returncode, error), (INTERRUPTED, f"pose: {fifo}: interrupted\n"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
