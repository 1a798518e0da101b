#!/usr/bin/python3
# Tests the page of `view` and of a live server in a real browser: what it shows, all actions of a user, and that it requests nothing from outside.
# SPDX-License-Identifier: MIT
"""Usage: test_page.py BUILD_DIR [SCREENSHOT_DIR].  Exit code 77 (Meson: skipped) without Chromium."""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "apps"))
import browser
import results_examples as examples

BUILD = pathlib.Path(sys.argv[1])
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
FRAMES = 200


def start(*command):
    """Starts a program that prints its address."""
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def view(*arguments):
    return start(BUILD / "apps/view", *arguments, "--address", "127.0.0.1:0")


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser(browser.find())
        cls.addClassCleanup(cls.browser.close)
        cls.folder = tempfile.TemporaryDirectory(prefix="pose-view-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.dir = pathlib.Path(cls.folder.name)
        cls.clip_written = examples.write_clip(cls.dir / "walk.webm", FRAMES)

    def write(self, name, *lines):
        path = self.dir / name
        path.write_text("".join(lines))
        return path

    def open(self, process_and_address):
        self.process, self.address = process_and_address
        self.addCleanup(self.stop)
        self.assertTrue(self.address.startswith("http://127.0.0.1:"), self.process.stderr.read() if not self.address else self.address)
        self.browser.open(self.address)

    def stop(self):
        self.assertEqual([r for r in self.browser.requests if not r.startswith((self.address, "blob:", "data:"))], [])
        self.assertEqual(self.browser.errors, [])
        self.browser.load("about:blank")
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def facts(self):
        return dict(zip(self.browser.texts("#facts dt"), self.browser.texts("#facts dd")))

    def wait_for(self, name, value):
        self.browser.wait(f"[...document.querySelectorAll('#facts dt')].some(d => d.textContent === '{name}' && d.nextSibling.textContent === {json.dumps(value)})")

    def drawn_at(self, x, y):
        """Returns red, green, blue and alpha of the skeletons' canvas next to a pixel of the frame, where alpha is highest."""
        return self.browser.run(f"""(() => {{ const scale = overlay.width / {examples.WIDTH}, c = document.createElement('canvas').getContext('2d');
            c.drawImage(overlay, Math.round(1 - {x} * scale), Math.round(1 - {y} * scale));
            const d = Array.from(c.getImageData(0, 0, 3, 3).data), pixels = d.map((_, i) => d.slice(4 * i, 4 * i + 4)).slice(0, 9);
            return pixels.reduce((a, b) => b[3] > a[3] ? b : a); }})()""")

    def shoot(self, name):
        """Takes screenshots in light and dark, narrow and wide."""
        self.addCleanup(self.browser.size, 1500, 1200)
        self.addCleanup(self.browser.dark, False)
        for width, height in ((400, 900), (1600, 1000)):
            self.browser.size(width, height)
            for dark in (False, True):
                self.browser.dark(dark)
                self.browser.settle()
                self.browser.settle()
                self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), width)
                r, g, b = self.browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
                self.assertEqual(r + g + b < 200, dark)
                if SHOTS:
                    self.browser.screenshot(SHOTS / f"{name}-{width}-{'dark' if dark else 'light'}.png")

    def results(self):
        return self.write("walk.jsonl", *(examples.line(i) for i in range(FRAMES)))

    def test_clip_and_skeletons(self):
        if not self.clip_written:
            self.skipTest("OpenCV cannot write VP8 here")
        self.open(view(self.results()))
        self.browser.wait("document.querySelector('video')?.readyState >= 2")
        self.wait_for("line", f"1 of {FRAMES}")
        self.assertEqual(self.browser.texts("#note"), [""])
        self.browser.run("controls.go(120)")
        self.wait_for("frame", "120")
        self.browser.wait("!document.querySelector('video').seeking")
        self.browser.settle()
        self.assertEqual(self.facts(), {"frame": "120", "time": "4.80 s", "people": "1", "source": "walk.webm", "size": "640 x 360", "line": "121 of 200"})
        gray = self.browser.run("""(() => { const v = document.querySelector('video'), c = document.createElement('canvas'); c.width = 640; c.height = 360;
            const g = c.getContext('2d'); g.drawImage(v, 0, 0); return g.getImageData(320, 345, 1, 1).data[0]; })()""")
        self.assertLess(abs(gray - 2 * (120 % 100)), 5)  # the clip shows this frame and no neighbor
        self.browser.run("controls.go(100)")
        self.wait_for("frame", "100")
        x, y = examples.walker(100, 2)[5]
        self.assertGreater(self.drawn_at(x, y)[3], 200)
        self.assertEqual(self.drawn_at(x, y + 200)[3], 0)
        self.browser.wait("!document.querySelector('video').seeking")
        self.shoot("view")

    def test_play(self):
        if not self.clip_written:
            self.skipTest("OpenCV cannot write VP8 here")
        self.open(view(self.results()))
        self.browser.wait("document.querySelector('video')?.readyState >= 2")
        self.browser.key(" ")
        self.browser.wait("view.line > 20")
        drift = self.browser.run("""new Promise(done => { const v = document.querySelector('video'); let worst = 0, n = 0;
            const look = (_, f) => { worst = Math.max(worst, Math.abs(shown.time - f.mediaTime)); if (++n < 20) v.requestVideoFrameCallback(look); else done(worst); };
            v.requestVideoFrameCallback(look); })""")
        self.assertLess(drift, 0.25)
        self.browser.key(" ")
        self.browser.wait("document.querySelector('video').paused")
        self.assertEqual(self.browser.run("byId('play').getAttribute('aria-label')"), "play")
        self.browser.run("controls.go(190)")
        self.browser.key(" ")
        self.browser.wait(f"!view.playing && view.line === {FRAMES - 1}")

    def test_keys_and_options_without_a_clip(self):
        self.open(view(self.write("noclip.jsonl", *(examples.line(i, "gone.mp4") for i in range(FRAMES)))))
        self.wait_for("line", f"1 of {FRAMES}")
        self.browser.wait("byId('note').textContent.startsWith('The clip was not found')")
        for key, frame in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", FRAMES - 1), ("ArrowRight", FRAMES - 1), ("Home", 0), ("ArrowLeft", 0)):
            self.browser.key(key)
            self.wait_for("frame", str(frame))
        self.assertEqual(self.browser.run("slider.getAttribute('aria-valuetext')"), f"1 of {FRAMES}")
        self.browser.run("controls.go(100)")
        self.wait_for("frame", "100")
        self.assertEqual(self.browser.run("overlay.getAttribute('aria-label')"), "4 people, ids 1, 2, 3, 4")
        x, y = examples.walker(100, 2)[15]
        self.assertGreater(self.drawn_at(x, y)[3], 200)
        self.browser.run("byId('keypoints').value = 'smooth'; byId('keypoints').dispatchEvent(new Event('change'))")
        self.assertEqual(self.drawn_at(x, y)[3], 0)
        self.assertGreater(self.drawn_at(x + 30, y)[3], 200)
        left, top = examples.people_of(100, 4)[2]["box"][:2]
        self.assertEqual(self.drawn_at(left, top + 40)[3], 0)
        self.browser.click("#show-boxes")
        self.assertGreater(self.drawn_at(left, top + 40)[3], 100)
        colors = [self.drawn_at(examples.people_of(i, 4)[2]["box"][0], top + 40) for i in (100,)]
        self.browser.key("ArrowLeft")
        self.wait_for("frame", "99")
        box = examples.people_of(99, 4)[2]["box"]
        self.assertLess(max(abs(a - b) for a, b in zip(colors[0][:3], self.drawn_at(box[0], box[1] + 40)[:3])), 60)  # the color of an id stays
        self.browser.click("#show-skeletons")
        self.browser.click("#show-ids")
        self.browser.click("#show-boxes")
        self.assertFalse(self.browser.run("""(() => { const c = document.createElement('canvas').getContext('2d'); c.drawImage(overlay, 0, 0, 300, 150);
            return c.getImageData(0, 0, 300, 150).data.some(v => v > 0); })()"""))
        for name in ("skeletons", "ids", "boxes"):
            self.browser.click("#show-" + name)
        self.browser.click("#chart", dx=0.5, dy=0.5)
        self.browser.wait("Math.abs(view.line - 100) < 12")
        self.browser.key(" ")
        before = self.browser.run("view.line")
        self.browser.wait(f"view.line > {before + 10}")
        self.browser.key(" ")
        self.shoot("noclip")

    def test_a_clip_that_the_browser_cannot_decode(self):
        (self.dir / "broken.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(1000))
        self.open(view(self.write("broken.jsonl", *(examples.line(i, "broken.mp4") for i in range(10)))))
        self.browser.wait("byId('note').textContent.startsWith('This browser cannot decode the clip')")
        self.assertTrue(self.browser.run("stage.classList.contains('blank')"))
        self.assertAlmostEqual(self.browser.run("stage.clientWidth / stage.clientHeight"), 640 / 360, delta=0.02)

    def test_several_sources_and_a_growing_file(self):
        path = self.write("many.jsonl", *(examples.line(i, f"clip{i % 2}.mp4") for i in range(40)))
        self.open(view(path))
        self.wait_for("source", "clip0.mp4")
        self.assertEqual(self.browser.texts("#source option"), ["clip0.mp4", "clip1.mp4"])
        self.browser.run("byId('source').value = '1'; byId('source').dispatchEvent(new Event('change'))")
        self.wait_for("source", "clip1.mp4")
        self.wait_for("line", "1 of 20")
        with open(path, "a", encoding="utf-8") as out:
            out.write("".join(examples.line(i, "clip1.mp4") for i in range(40, 60)) + examples.line(0, "photo.jpg", time=None))
        self.browser.wait("view.sources.length === 3 && byId('slider').max === '39'")
        self.assertEqual(self.browser.texts("#source option")[2], "images")
        self.browser.run("controls.go(39)")
        self.wait_for("frame", "59")

    def test_hostile_names(self):
        shown = examples.HOSTILE.replace("\n", "\\u{a}").replace("\u202e", "\\u{202e}").replace("\0", "\\u{0}")
        error = "</dd><script>document.title='stolen'</script>"
        self.open(view(self.write("hostile<img>.jsonl", examples.line(0, examples.HOSTILE), examples.line(1, examples.HOSTILE, status="error", error=error, people=[]),
                                  examples.line(0, "second " + examples.HOSTILE))))
        self.wait_for("frame", "0")
        self.assertEqual(self.facts()["source"], shown)
        self.browser.key("ArrowRight")
        self.wait_for("error", error)
        self.assertEqual(self.browser.texts("#source option"), [shown, "second " + shown])
        self.assertEqual(self.browser.run("document.title"), "hostile<img>.jsonl")
        self.assertEqual(self.browser.run("document.querySelectorAll('main script, main img').length"), 0)
        self.shoot("hostile")

    def test_live(self):
        self.open(start(BUILD / "tests/serve/serve_walkers", examples.HOSTILE.replace("\0", "")))
        self.browser.wait("live.number > 5 && live.canvas.width === 320")
        self.assertTrue(self.facts()["source"].startswith("</script><script>document.title='stolen'"))
        self.assertEqual(self.browser.run("document.title"), "alphapose")
        self.assertEqual(self.browser.texts("#rates dt"), ["decode", "detect", "pose", "draw", "write"])
        self.assertEqual(self.browser.texts("#rates dd")[0], "25.2")
        self.assertEqual(self.browser.texts("#mode"), ["live"])
        self.browser.wait("live.records.length > 20")
        number = self.browser.run("live.number")
        self.browser.wait(f"live.number > {number + 5}")
        self.shoot("live")
        self.browser.run("controls.go(3)")
        self.browser.wait("byId('mode').textContent === 'recorded' && shown.frame === live.records[live.place] - 1")
        frame = self.browser.run("shown.frame")
        self.browser.key("ArrowRight")
        self.browser.wait(f"live.place === 4 && shown.frame > {frame}")
        self.browser.key("End")
        self.browser.wait("byId('mode').textContent === 'live'")
        number = self.browser.run("live.number")
        self.browser.wait(f"live.number > {number + 5}")
        self.browser.key(" ")
        self.browser.wait("byId('mode').textContent === 'paused'")
        frame = self.browser.run("shown.frame")
        self.browser.run("pause(400)")
        self.assertLessEqual(self.browser.run("shown.frame"), frame + 1)  # one request may have been on its way
        self.browser.key(" ")
        self.browser.wait(f"shown.frame > {frame + 5}")


class Program(unittest.TestCase):
    def run_view(self, *arguments):
        return subprocess.run([BUILD / "apps/view", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)

    def test_errors_are_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            results = pathlib.Path(folder, "r.jsonl")
            results.write_text(examples.line(0))
            for arguments, code, text in (((pathlib.Path(folder, "none"),), 1, "expected a readable results file"), ((), 2, "results"),
                                          ((results, "--address", "nowhere"), 2, "expected an address"),
                                          ((results, "--clip", results), 2, "expected a clip"),
                                          ((results, "--address", "192.0.2.1:0"), 2, "expected an address of this machine")):
                run = self.run_view(*arguments)
                self.assertEqual(run.returncode, code, run.stderr)
                self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
                self.assertIn(text, run.stderr)
            process, address = view(results)
            run = self.run_view(results, "--address", address[len("http://"):-1])
            self.assertEqual(run.returncode, 2)
            self.assertIn("Address already in use", run.stderr)
            for signal_number in (signal.SIGTERM,):
                process.send_signal(signal_number)
                self.assertEqual(process.wait(20), 130)
            self.assertIn("1 frames of 1 source", process.stderr.read())
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    def test_other_machines(self):
        with tempfile.TemporaryDirectory() as folder:
            results = pathlib.Path(folder, "r.jsonl")
            results.write_text(examples.line(0))
            process, _ = start(BUILD / "apps/view", results, "--address", "0.0.0.0:0", "--quiet")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 130)
            self.assertIn("view: warning: 0.0.0.0:0: every machine that reaches this address", errors)


if __name__ == "__main__":
    if not browser.find():
        print("skipped: chromium is not there")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)
