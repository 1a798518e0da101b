#!/usr/bin/env python3
# Tests that the check scripts find violations: each one is put into a small separate tree.
# SPDX-License-Identifier: MIT
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
LICENCE = "// SPDX-License-Identifier: MIT\n"
CLEAN = {
    "tensor/shape.h": "// Shape: sizes.\n" + LICENCE + "#pragma once\n\nstruct Shape {\n  int n = 0;\n};\n",
    "ops/kernel.h": "// Kernels.\n" + LICENCE + '#pragma once\n\n#include "tensor/shape.h"\n\n#include <memory>\n',
    "ops/add/add.h": "// add.\n" + LICENCE + '#pragma once\n\n#include "ops/kernel.h"\n',
    "ops/add/add_avx2.cpp": "// add for AVX2.\n" + LICENCE + '#include "ops/add/add.h"\n#include "ops/kernel.h"\n\n#include <immintrin.h>\n',
    "apps/pose.cpp": "// pose.\n" + LICENCE + '#include "ops/add/add.h"\n\nint main() {}\n',
    ".clang-format": "BasedOnStyle: LLVM\n",
}


def check(script, changes, **environment):
    """Runs a check script on the clean tree with some files changed; returns its exit code and output."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (CLEAN | changes).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        environment = os.environ | environment
        done = subprocess.run([SCRIPTS / script, folder], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment)
    return done.returncode, done.stdout + done.stderr


class CheckCase(unittest.TestCase):
    def assert_clean(self, script):
        code, said = check(script, {})
        self.assertEqual(code, 0, said)

    def assert_found(self, script, name, text, *expected):
        code, said = check(script, {name: text})
        self.assertEqual(code, 1, said)
        for words in expected:
            self.assertIn(words, said)


class Includes(CheckCase):
    def found(self, name, include, where):
        self.assert_found("check_includes.sh", name, "// A file.\n" + LICENCE + "#pragma once\n" + include + "\n", where)

    def test_clean_tree(self):
        self.assert_clean("check_includes.sh")

    def test_the_tables_of_folders_agree(self):
        project = SCRIPTS.parent
        readme = (project / "README.md").read_text(encoding="ascii")
        for old, new, code in (("", "", 0), ("| weights, ops, device, tensor |", "| weights, ops, image |", 1), ("| `weights/` |", "| `weight/` |", 1)):
            self.assertIn(old, readme)
            with tempfile.TemporaryDirectory() as folder:
                for name in ("scripts/check_includes.sh", "scripts/lib/common.sh", "docs/architecture.md"):
                    (pathlib.Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(project / name, pathlib.Path(folder) / name)
                pathlib.Path(folder, "README.md").write_text(readme.replace(old, new) if old else readme, encoding="ascii")
                pathlib.Path(folder, "tensor").mkdir()
                pathlib.Path(folder, "tensor", "view.h").write_text("#pragma once\n", encoding="ascii")
                done = subprocess.run([pathlib.Path(folder) / "scripts" / "check_includes.sh"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertEqual("README.md: expected the table of folders" in done.stdout, code == 1)

    def test_upwards(self):
        self.found("tensor/view.h", '#include "ops/kernel.h"', "tensor/view.h:4: tensor/ must not include ops/kernel.h")
        self.found("ops/add/more.h", '#  include "nets/graph.h"', "ops/ must not include nets/graph.h")
        self.found("weights/store.h", '#include "nets/graph.h"', "weights/ must not include nets/graph.h")
        self.found("nets/graph.h", '#include "cli/cli.h"', "nets/ must not include cli/cli.h")

    def test_sideways(self):
        self.found("image/crop.h", '#include "weights/store.h"', "image/ must not include weights/store.h")
        self.found("postprocess/json.h", '#include "nets/plan.h"', "postprocess/ must not include nets/plan.h")
        self.found("ops/add/more.h", '#include "weights/store.h"', "ops/ must not include weights/store.h")

    def test_from_the_top(self):
        self.found("apps/pose_run.h", '#include "tests/oracle/oracle.h"', "apps/ must not include tests/oracle/oracle.h")

    def test_instruction_set_files(self):
        self.found("ops/add/add_avx2.cpp", "#include <algorithm>", "ops/add/add_avx2.cpp:4: only <immintrin.h>")
        self.found("ops/add/add_avx512_wide.cpp", '#include "ops/infer.h"', "found ops/infer.h")
        self.found("ops/add/add_avx2.cpp", '#include "ops/pool/pool.h"', "found ops/pool/pool.h")


class Headers(CheckCase):
    def test_clean_tree(self):
        self.assert_clean("check_headers.sh")

    def test_header_that_needs_another(self):
        text = "// Lean.\n" + LICENCE + "#pragma once\n\ninline std::string name();\n"
        self.assert_found("check_headers.sh", "tensor/lean.h", text, "tensor/lean.h: does not compile on its own")

    def test_header_without_a_guard(self):
        text = "// Twice.\n" + LICENCE + "struct Twice {};\n"
        self.assert_found("check_headers.sh", "tensor/twice.h", text, "tensor/twice.h: does not compile on its own")

    def test_algorithms_of_ops_are_skipped(self):
        text = "// An algorithm over V.\n" + LICENCE + "inline V twice(V v) { return v + v; }\n"
        code, said = check("check_headers.sh", {"ops/add/add_rows.inc.h": text})
        self.assertEqual(code, 0, said)


class Style(CheckCase):
    def found(self, text, expected, name="apps/pose.cpp"):
        self.assert_found("check_style.sh", name, text, expected)

    def test_clean_tree(self):
        self.assert_clean("check_style.sh")

    def test_white_space(self):
        self.found("// A.\n" + LICENCE + "\tint a;\n", "apps/pose.cpp:3: tab")
        self.found("// A.\n" + LICENCE + "int a; \n", "apps/pose.cpp:3: blank at the end of the line")
        self.found("// A.\r\n" + LICENCE + "int a;\n", "apps/pose.cpp:1: blank at the end of the line")
        self.found("// A.\n" + LICENCE + "int a;", "apps/pose.cpp: no line feed at the end of the file")

    def test_characters(self):
        self.found("Caf\u00e9\n", "docs/menu.md:1: character outside ASCII", name="docs/menu.md")

    def test_license(self):
        self.found("// A.\nint a;\n", "apps/pose.cpp: expected an SPDX-License-Identifier")
        self.found("# A.\n", "apps/meson.build: expected an SPDX-License-Identifier", name="apps/meson.build")
        self.found("#!/usr/bin/env bash\n", "scripts/run: expected an SPDX-License-Identifier", name="scripts/run")

    def test_license_on_its_own_line(self):
        for text in ("// A file. SPDX-License-Identifier: MIT\n", "// A.\n" + LICENCE.strip() + " or later\n", "// A.\n" * 5 + LICENCE):
            self.found(text + "int a;\n", "apps/pose.cpp: expected an SPDX-License-Identifier")

    def test_formatter_keeps_the_license_line(self):
        if "formatting not checked" in check("check_style.sh", {})[1]:
            self.skipTest("no clang-format of version 14")
        text = "// " + "word " * 60 + "\n" + LICENCE + "int a;\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "long.cpp")
            path.write_text(text, encoding="utf-8")
            tool = shutil.which("clang-format-14") or "clang-format"
            subprocess.run([tool, "-i", f"--style=file:{SCRIPTS.parent / '.clang-format'}", path], check=True)
            self.assertIn("\n" + LICENCE, path.read_text(encoding="utf-8"))

    def test_length(self):
        self.found("// A.\n" + LICENCE + "int a;\n" * 399, "apps/pose.cpp: over 400 lines")
        code, said = check("check_style.sh", {"apps/pose.cpp": "// A.\n" + LICENCE + "int a;\n" * 398})
        self.assertEqual(code, 0, said)

    def test_paths_of_one_machine(self):
        for path in ("tmp", "work", "root"):
            self.found("// A.\n" + LICENCE + f'const char* a = "/{path}/x";\n', "apps/pose.cpp:3: path of one machine")

    def test_leftovers(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.found("// A.\n" + LICENCE + f"int a; // {word}: b\n", "apps/pose.cpp:3: unfinished by its own words")

    def test_formatting(self):
        if "formatting not checked" in check("check_style.sh", {})[1]:
            self.skipTest("no clang-format of version 14")
        self.found("// A.\n" + LICENCE + "int   a;\n", "apps/pose.cpp: not as clang-format wants it")

    def test_shell(self):
        if "shell scripts not checked" in check("check_style.sh", {"run.sh": "# " + LICENCE})[1]:
            self.skipTest("no shellcheck")
        self.found("#!/usr/bin/env bash\n# " + LICENCE + "rm $1\n", "SC2086", name="run.sh")


class Words(unittest.TestCase):
    """Refused words are assembled from halves here, so that this file passes the check itself."""

    def said(self, name, text, **environment):
        return check("check_style.sh", {name: text}, **environment)

    def found(self, name, text, *expected):
        code, said = self.said(name, text)
        self.assertEqual(code, 1, said)
        for words in expected:
            self.assertIn(f"{name}:{words}", said)

    def passes(self, name, text):
        code, said = self.said(name, text)
        self.assertEqual(code, 0, said)

    def test_clean_document(self):
        self.passes("README.md", "All clear.\n")

    def test_documents(self):
        self.found("README.md", "A list.\n\nWhat comes be" + "hind.\n", "3: refused words: 'be" + "hind'; better: after")
        self.found("docs/a.md", "Col" + "our of the GR" + "EY ones\n", "1: refused words: 'Col" + "our'; better: color", "1: refused words: 'GR" + "EY'")
        self.found("docs/a.md", "It has a size of\n its o" + "wn.\n", "1: refused words: 'of its o" + "wn'")  # a phrase over two lines
        self.found("docs/a.md", "```\nrun a  # for every" + "body\n```\n", "2: refused words")  # a comment in code

    def test_comments_and_messages(self):
        for text in ("// Some" + "body\n", "int a; // some" + "body\n", "/* A.\n some" + "body */\n", 'const char* a = "is some' + 'body";\n'):
            self.found("apps/pose.cpp", "// A.\n" + LICENCE + text, f"{4 if text.startswith('/*') else 3}: refused words: '")
        self.found("apps/pose.cpp", "// A.\n" + LICENCE + "// One of\n// its o" + "wn.\n", "3: refused words: 'of its o" + "wn'")
        self.found("a.py", "# A.\n# " + LICENCE.replace("//", "") + '"""The lic' + 'ence."""\n', "3: refused words")
        self.found("a.py", "# A.\n# " + LICENCE.replace("//", "") + "a = 1  # who" + "ever\n", "3: refused words")
        self.found("a.sh", "# A.\n# " + LICENCE.replace("// ", "") + "a=1 # lie" + "s there\n", "3: refused words")
        self.found("meson.build", "# A.\n# " + LICENCE.replace("// ", "") + "message('what lie" + "s there')\n", "3: refused words")

    def test_what_is_no_prose(self):
        self.passes("docs/a.md", "`col" + "our` in [a file](be" + "hind.md), bench/riv" + "als.py, riv" + "als.py, --riv" + "als\n\n```\nbe" + "hind --lie" + "s\n```\n")
        self.passes("docs/a.md", '<!-- riv' + 'als:begin -->\n{"joi' + 'nts": [1, 2]}\n')
        code = "\nint be" + "hind = 0;\nconst char *key = " + '"joi' + 'nts";\nint thousand = 1\'000, col' + "our = 1'000;\n"
        self.passes("apps/pose.cpp", "// A.\n" + LICENCE + "// `col" + "our`, tests/riv" + "als.\n" + code)
        self.passes("a.py", "# A.\n# " + LICENCE.replace("// ", "") + "be" + "hind = {'joi" + "nts': 1}\n")

    def test_what_is_fine(self):
        self.passes("docs/a.md", "People who stand or walk, a stand-alone program, roughly twice, the license, standing people. It stands for x. A belief, relies.\n")
        self.passes("docs/a.md", "A photo of two people who sit, lie down or stand still.\n")


class CommitMessages(unittest.TestCase):
    def check(self, message):
        run = subprocess.run([SCRIPTS / "check_commit_message.sh"], input=message, capture_output=True, text=True, check=False)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "COMMIT_EDITMSG")
            path.write_text(message, encoding="utf-8")
            by_name = subprocess.run([SCRIPTS / "check_commit_message.sh", path], capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout), (by_name.returncode, by_name.stdout.replace(str(path), "-")))
        return run.returncode, run.stdout + run.stderr

    def test_good(self):
        for message in ("ops: add a kernel\n", "ops/conv2d: add a kernel\n\nWhy.\nMore.\n", "c-api: add a function", "x: " + "y" * 69 + "\n",
                        "# A comment\nops: add\n# Another\n\nWhy.\n", "\nops: add\n", "ops: add\n# ------ >8 ------\ndiff --git a/x b/x\n",
                        "Merge branch 'main'\n", 'Revert "Anything at all."\n', "fixup! ops: add\n"):  # fmt: skip
            self.assertEqual(self.check(message), (0, ""), message)

    def test_bad(self):
        for message, expected in (("", "expected a commit message"), ("# Only a comment\n", "expected a commit message"),
                                  ("Add a kernel\n", "area: change"), ("Ops: add\n", "area: change"), ("ops:add\n", "area: change"),
                                  ("ops: \n", "area: change"), ("ops and nets: add\n", "area: change"), (": add\n", "area: change"),
                                  ("x: " + "y" * 70 + "\n", "at most 72 characters, found 73"), ("ops: add.\n", "no period"),
                                  ("ops: add\nWhy.\n", "blank second line"), ("Merge branch 'main'\nWhy.\n", "blank second line"),
                                  ("ops: add\n# Comment\nWhy.\n\nMore.\n", "blank second line")):  # fmt: skip
            code, said = self.check(message)
            self.assertEqual(code, 1, message)
            self.assertIn(expected, said)

    def test_usage(self):
        for arguments, code in ((["--strict"], 2), (["a", "b"], 2), (["no such file"], 1), (["--help"], 0)):
            run = subprocess.run([SCRIPTS / "check_commit_message.sh", *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(run.returncode, code, run.stderr)


if __name__ == "__main__":
    unittest.main()
