#!/usr/bin/env python3
# The check scripts find what they are for: each violation is planted in a small tree of its own.
# SPDX-License-Identifier: MIT
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


def check(script, changes):
    """Runs a check script on the clean tree with some files changed; returns its exit code and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (CLEAN | changes).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        done = subprocess.run([SCRIPTS / script, folder], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
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

    def test_upwards(self):
        self.found("tensor/view.h", '#include "ops/kernel.h"', "tensor/view.h:4: tensor/ must not include ops/kernel.h")
        self.found("ops/add/more.h", '#  include "nets/graph.h"', "ops/ must not include nets/graph.h")
        self.found("weights/store.h", '#include "nets/graph.h"', "weights/ must not include nets/graph.h")
        self.found("nets/graph.h", '#include "apps/cli.h"', "nets/ must not include apps/cli.h")

    def test_sideways(self):
        self.found("image/crop.h", '#include "weights/store.h"', "image/ must not include weights/store.h")
        self.found("postprocess/json.h", '#include "nets/plan.h"', "postprocess/ must not include nets/plan.h")
        self.found("ops/add/more.h", '#include "weights/store.h"', "ops/ must not include weights/store.h")

    def test_from_the_top(self):
        self.found("apps/cli.h", '#include "tests/oracle/oracle.h"', "apps/ must not include tests/oracle/oracle.h")

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

    def test_algorithms_of_ops_are_passed_over(self):
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

    def test_licence(self):
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


if __name__ == "__main__":
    unittest.main()
