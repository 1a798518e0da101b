#!/usr/bin/python3
# Tests layers report: accepted and refused files, and the page as an HTML parser reads it.
# SPDX-License-Identifier: MIT
"""Usage: test_report.py BUILD_DIR"""
import copy
import html.parser
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import report_examples

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
DONE, SOME_FAILED, USAGE = 0, 1, 2


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="pose-report-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.json, self.page = self.dir / "f.json", self.dir / "f.html"

    def make(self, text):
        self.json.write_text(text if isinstance(text, str) else json.dumps(text))
        return subprocess.run([BUILD / "apps" / "layers", "report", self.json, "--out", self.page], capture_output=True, text=True, errors="replace", timeout=100)


class Files(ReportTest):
    def refuse(self, text, *words):
        run = self.make(text)
        self.assertEqual((run.returncode, run.stdout), (SOME_FAILED, ""), run.stderr)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        for word in (str(self.json), *words):
            self.assertIn(word, run.stderr)
        self.assertEqual(list(self.dir.iterdir()), [self.json])

    def test_no_report(self):
        good = json.dumps(report_examples.not_finite())
        for text in ("", "{", good[:-1], good + "x", "[]", "null", "{}", "\xff", good.replace('"format": 1', '"format": 2'), good.replace("layers diff", "layers time"),
                     good.replace('"format": 1', '"format": 1, "format": 1'), "[" * 100000):
            self.refuse(text)

    def test_every_missing_field_is_reported(self):
        whole = report_examples.residual(count=3, bad_at=2, pictures=True)
        whole["layers"][0]["picture"] = report_examples.picture([1, 4, 3, 5], 1)

        def objects(value, path):
            if isinstance(value, dict):
                yield path
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ():
                yield from objects(inner, [*path, key])

        tried = 0
        for path in objects(whole, []):
            found = whole
            for step in path:
                found = found[step]
            if path[-1:] == ["metadata"]:
                continue
            for key in found:
                for wrong in ("missing", {"odd": 1}):
                    broken = copy.deepcopy(whole)
                    at = broken
                    for step in path:
                        at = at[step]
                    if wrong == "missing":
                        del at[key]
                    else:
                        at[key] = wrong
                    self.refuse(broken, *(["expected"] if path else []))
                    tried += 1
        self.assertGreater(tried, 150)

    def test_wrong_values(self):
        def change(*path, to):
            broken = report_examples.not_finite()
            at = broken
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = to
            return broken
        shot = ["layers", 5, "picture"]
        for broken, word in ((change("layers", 1, "name", to="conv0"), "layers[1]: name"), (change(*shot, "w", to=0), f"{shot[2]}: w"),
                             (change(*shot, "w", to=1 << 40), f"{shot[2]}: w"), (change(*shot, "w", to=10), f"{shot[2]}: ours"), (change(*shot, "ours", to="A" * 107 + "!"), f"{shot[2]}: ours"),
                             (change("layers", 2, "total", "worst", to="NaN"), "total: worst"), (change("layers", 2, "total", "nan", to=[1]), "total: nan"),
                             (change("layers", 2, "total", "ulp_histogram", to=[1, -1]), "ulp_histogram[1]"), (change("layers", 2, "total", "count", to=1 << 64), "count"),
                             (change("tolerance", "kind", to="strict"), "tolerance: kind"), (change("ours", "metadata", "x", to=3), "metadata")):
            self.refuse(broken, word)

    def test_paths(self):
        layers = BUILD / "apps" / "layers"
        for args, code, word in (([self.dir / "none.json", "--out", self.page], SOME_FAILED, "none.json"), ([self.json], USAGE, "--out"),
                                 ([self.json, "--out", self.dir / "none" / "f.html"], SOME_FAILED, "f.html")):
            self.json.write_text(json.dumps(report_examples.empty()))
            run = subprocess.run([layers, "report", *args], capture_output=True, text=True, timeout=100)
            self.assertEqual(run.returncode, code, run.stderr)
            self.assertIn(word, run.stderr)

    def test_the_page_fetches_nothing_and_holds_all_data(self):
        """Parses the HTML: no element refers to an address, hostile names open or close no element, and the data are the report."""
        made = report_examples.hostile()
        self.assertEqual(self.make(made).returncode, DONE)
        tags, data = [], []

        class Parser(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                tags.append((tag, dict(attributes)))

            def handle_data(self, text):
                if tags and tags[-1][1].get("id") == "data":
                    data.append(text)
        Parser().feed(self.page.read_text())
        self.assertFalse([t for t in tags if {"src", "href", "onerror"} & set(t[1])])
        self.assertEqual(len([t for t in tags if t[0] == "script"]), 10)
        self.assertEqual(json.loads(data[0]), made)


if __name__ == "__main__":
    unittest.main(verbosity=1)
