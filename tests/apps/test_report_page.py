#!/usr/bin/python3
# Tests the page of `layers report` in a real browser: its content, all actions of a user, and that it requests no other file.
# SPDX-License-Identifier: MIT
"""Usage: test_report_page.py BUILD_DIR.  Exit code 77 (Meson: skipped) without Chromium."""
import sys
import unittest

import browser
import report_examples
from test_report import DONE, ReportTest

ROWS, SHOWN = "#table tbody tr", "#table tbody tr td.name a"


class Page(ReportTest):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser(browser.find())
        cls.addClassCleanup(cls.browser.close)

    def open(self, report, fragment=""):
        run = self.make(report)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.browser.open(self.page, fragment)
        self.assertEqual(self.browser.errors, [])

    def tearDown(self):
        self.assertEqual(self.browser.errors, [])
        self.assertEqual([r for r in self.browser.requests if r.split("#")[0] != self.page.as_uri()], [])

    def names(self):
        return self.browser.texts(SHOWN)

    def address(self):
        return self.browser.run("Array.from(new URLSearchParams(location.hash.slice(1)))")

    def test_verdict_and_counts(self):
        made = report_examples.residual(pictures=False)
        self.open(made)
        bad = sum(not l["total"]["ok"] for l in made["layers"])
        self.assertEqual(self.browser.texts("h1"), [f"stage2.block45.sum is the first bad layer: {bad} of 300 layers exceed the bound derived for each element, 1 by its own error."])
        self.assertEqual(len(self.browser.texts(ROWS)), 300)
        self.assertEqual(len(self.browser.texts("#graph .row")), 300)
        self.assertEqual(self.browser.texts("#graph .row.first span:first-child"), ["stage2.block45.sum"])
        self.assertEqual(self.browser.texts("#layer-name"), ["stage2.block45.sum"])
        self.assertEqual(self.browser.run("document.querySelectorAll('#depth .point').length"), 600)
        self.assertEqual(self.browser.run("document.querySelectorAll('#depth .point.bad').length"), bad + 1)
        # the edges that skip nodes: an addition's second input, and those of joins
        place = {l["name"]: i for i, l in enumerate(made["layers"])}
        skips = [(place[l["name"]], i) for l in made["layers"] for i in l["inputs"] if place[l["name"]] - place.get(i, 1000) > 1]
        self.assertGreater(len(skips), 100)
        self.assertEqual(self.browser.run("[...document.querySelectorAll('#graph .edge')].filter(e => e.getAttribute('d').includes('Q')).length"),
                         len(skips))
        self.assertEqual(sorted(self.browser.texts("#graph .row.near span:first-child")), ["stage2.block44.sum", "stage2.block45.conv2", "stage2.block46.conv1", "stage2.block46.sum"])
        self.assertIn("1 only in ours", self.browser.texts("summary"))

    def test_a_link_opens_the_view_that_it_names(self):
        made = report_examples.residual(pictures=False)
        self.open(made, "#layer=stage1.block3.conv2&sort=own&filter=CONV%20stage2&bad=1&op=conv2d&measure=rel_l2")
        want = sorted((l for l in made["layers"] if not l["total"]["ok"] and "stage2" in l["name"] and l["op"] == "conv2d"), key=lambda l: -l["own"]["worst"])
        self.assertEqual(self.names(), [l["name"] for l in want])
        self.assertGreater(len(want), 3)
        self.assertEqual(self.browser.texts("#count"), [f"{len(want)} of 300"])
        self.assertEqual(self.browser.texts("#layer-name"), ["stage1.block3.conv2"])
        self.assertEqual(self.browser.run("[filter.value, op.value, bad.checked, measure.value]".replace("filter", "document.all.filter")), ["CONV stage2", "conv2d", True, "rel_l2"])
        self.browser.run("location.hash = '#sort=-own&filter=stage2'")
        self.browser.settle()
        own = [next(l["own"]["worst"] for l in made["layers"] if l["name"] == n) for n in self.names()]
        self.assertEqual(own, sorted(own))
        self.assertEqual(self.browser.texts("#layer-name"), ["stage2.block45.sum"])

    def test_clicks_and_keys(self):
        made = report_examples.residual(count=60, bad_at=20, pictures=False)
        self.open(made)
        self.browser.click("#table th:nth-child(5) button")
        first = max(made["layers"], key=lambda l: l["own"]["worst"])["name"]
        self.assertEqual(self.names()[0], first)
        self.assertEqual(self.address(), [["sort", "own"], ["layer", first]][::-1])
        self.browser.click("#table th:nth-child(5) button")
        self.assertEqual(self.names()[-1], first)
        self.browser.click(f"{ROWS}[data-name='stage1.block4.sum'] td.number")
        self.assertEqual(self.browser.texts("#layer-name"), ["stage1.block4.sum"])
        self.browser.click("#neighbors a")
        self.assertEqual(self.browser.texts("#layer-name"), ["stage1.block4.conv2"])
        self.browser.click("#graph .row:nth-of-type(10)")
        chosen = made["layers"][9]["name"]
        self.assertEqual(self.browser.texts("#layer-name"), [chosen])
        for key, want in (("j", 10), ("k", 9), ("n", 20), ("n", 21)):
            self.browser.key(key)
            self.assertEqual(self.browser.texts("#layer-name"), [made["layers"][want]["name"]], key)
        self.browser.click("#depth svg", dx=0.999)
        self.assertEqual(self.browser.texts("#layer-name"), [made["layers"][59]["name"]])
        self.browser.key("ArrowLeft") # the click gave the chart the keyboard focus
        self.assertEqual(self.browser.texts("#layer-name"), [made["layers"][58]["name"]])
        self.browser.click("#bad")
        self.assertTrue(all(not l["total"]["ok"] for l in made["layers"] if l["name"] in self.names()))
        self.browser.key("/")
        for key in "join":
            self.browser.key(key)
        self.assertEqual(self.names(), [l["name"] for l in made["layers"] if "join" in l["name"] and not l["total"]["ok"]])
        self.assertIn(["filter", "join"], self.address())

    def test_hovering_names_the_layer(self):
        made = report_examples.plain_dumps()
        self.open(made)
        x, y = self.browser.run("(() => { const b = document.querySelector('#depth').getBoundingClientRect(); return [b.right - 16, b.top + 90]; })()")
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.browser.settle()
        self.assertEqual(self.browser.texts("#depth .tip:not([hidden]) b"), ["features.39"])

    def test_images(self):
        made = report_examples.residual(count=30, bad_at=20)
        self.open(made)
        self.assertEqual(self.browser.texts("#heat-images figcaption"), ["ours", "reference", "error"])
        shape = made["layers"][20]["picture"]
        self.assertEqual(self.browser.run("Array.from(document.querySelectorAll('.shots canvas'), c => [c.width, c.height])"), [[shape["w"], shape["h"]]] * 3)
        light = """(() => { const c = document.querySelectorAll('.shots canvas')[2]; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return (x, y) => { const i = 4 * (Math.floor(y * c.height) * c.width + Math.floor(x * c.width)); return d[i] + d[i + 1] + d[i + 2]; }; })()"""
        peak, elsewhere = self.browser.run(f"(() => {{ const light = {light}; return [light(0.7, 0.3), light(0.1, 0.9)]; }})()")
        self.assertGreater(peak, 3 * elsewhere)
        self.assertEqual(len(self.browser.texts(".shots .ring")), 3)
        self.browser.run("location.hash = '#layer=stage1.block0.conv1'")
        self.browser.settle()
        self.assertEqual(self.browser.texts("#heat-images p"), ["The report has no heat image of this layer."])

    def test_histograms(self):
        made = report_examples.plain_dumps()
        self.open(made, "#layer=features.29")
        want = made["layers"][29]["total"]["ulp_histogram"]
        titles = self.browser.texts("#ulps figure:nth-of-type(1) rect title")
        self.assertEqual([int(t.split(": ")[1].split()[0]) for t in titles], [c for c in want if c > 0])
        self.assertTrue(titles[2].startswith("2-3 ulp: "), titles[2])
        both = self.browser.texts("#ulps figure:nth-of-type(2) rect title")
        self.assertEqual(int(both[0].split(": ")[1].split()[0]), sum(l["total"]["ulp_histogram"][0] for l in made["layers"]))

    def test_dumps_without_a_graph(self):
        self.open(report_examples.plain_dumps())
        self.assertEqual(self.browser.texts("h1"), ["All 40 layers agree within torch.testing's tolerance (rtol 1.3e-06, atol 1e-05)."])
        self.assertIn("no graph", self.browser.texts("#graph-note")[0])
        self.assertEqual(self.browser.run("document.querySelectorAll('#graph .edge').length"), 0)
        self.assertNotIn("own / bound", self.browser.texts("#table th"))
        self.assertTrue(self.browser.run("document.querySelector('#op').parentElement.hidden"))

    def test_not_finite(self):
        self.open(report_examples.not_finite(), "#sort=total")
        self.assertEqual(set(self.names()[:4]), {"conv5", "conv6", "conv7", "conv8"})
        self.assertEqual(self.browser.texts("#table tbody tr[data-name='conv6'] td.total"), ["NaN"])
        self.assertEqual(self.browser.texts("#table tbody tr[data-name='conv5'] td.total"), ["inf"])
        self.assertEqual(self.browser.texts("#table tbody tr[data-name='conv5'] td.nan"), ["324, 0"])
        self.assertEqual(len(self.browser.texts("#depth .band")), 1)
        self.assertFalse(self.browser.run("document.querySelector('#depth').innerHTML.includes('NaN L') || /[dxy12]=\"[^\"]*NaN/.test(document.querySelector('main').innerHTML)"))

    def test_hostile_names(self):
        made = report_examples.hostile()
        self.open(made)
        self.assertEqual(self.browser.run("document.title"), f"layers diff: {report_examples.HOSTILE[0]} / {report_examples.HOSTILE[0]}")
        self.assertEqual(self.browser.run("Array.from(document.querySelectorAll('#table tbody tr'), r => r.dataset.name)"), report_examples.HOSTILE)
        self.assertEqual(self.browser.run("document.querySelectorAll('img').length"), 0)
        for i, name in enumerate(report_examples.HOSTILE):
            self.browser.click(f"{ROWS}:nth-child({i + 1}) td.number")
            self.assertEqual(self.browser.texts("#layer-name"), [name])
            address = self.browser.run("location.hash")
            self.browser.open(self.page, address)
            self.assertEqual(self.browser.texts("#layer-name"), [name])
            self.assertEqual(self.browser.errors, [])

    def test_nothing_compared(self):
        self.open(report_examples.empty())
        self.assertEqual(self.browser.texts("h1"), ["No layer is in both dumps, so nothing was compared."])
        self.assertEqual(self.browser.texts(ROWS), [])
        for key in "jkn":
            self.browser.key(key)

    def test_without_scripts(self):
        self.browser.scripts(False)
        self.addCleanup(self.browser.scripts, True)
        made = report_examples.not_finite()
        self.assertEqual(self.make(made).returncode, DONE)
        self.browser.load(self.page)
        text = self.browser.read_aloud()
        for word in ("conv5", "is the first bad layer: 4 of 9 layers", "need JavaScript", "conv8"):
            self.assertIn(word, text)
        self.assertEqual(text.count("avx512"), 0) # scripts show metadata and kernels

    def test_dark_mode_and_small_windows(self):
        self.addCleanup(self.browser.dark, False)
        self.addCleanup(self.browser.size, 1500, 1200)
        for dark in (True, False):
            self.browser.dark(dark)
            for width in (1500, 1150, 600):
                self.browser.size(width, 900)
                self.open(report_examples.residual(count=30, bad_at=20, pictures=False))
                self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), width)
                r, g, b = self.browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
                self.assertEqual(r + g + b < 200, dark)


if __name__ == "__main__":
    if not browser.find():
        print("skipped: chromium is not there")
        sys.exit(77)
    unittest.main(verbosity=1)
