# Tests the examples and the README's program: they are built and run against an installed copy of the library.
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import installed_copy

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
PROJECT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples"
DETECTOR = "yolov3-tiny@random"  # random weights: no file is needed
CXX = os.environ.get("CXX", "c++")
sys.path.append(str(PROJECT / "tests" / "apps"))

import tiny_models


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory(prefix="pose-examples-")
        cls.addClassCleanup(cls.holder.cleanup)
        cls.root = pathlib.Path(cls.holder.name)
        pkgconfig = installed_copy.install(BUILD, cls.root / "stage", "alphapose")
        # The installed tree is moved: no file may depend on the configured prefix.
        staged = pkgconfig.parent
        while not (staged / "include").is_dir():
            staged = staged.parent
        cls.prefix = cls.root / "moved"
        staged.rename(cls.prefix)
        pkgconfig = next(cls.prefix.rglob("alphapose.pc")).parent
        cls.libdir = pkgconfig.parent
        cls.env = {k: v for k, v in os.environ.items() if not k.startswith("POSE_")}
        cls.env |= {"PKG_CONFIG_PATH": str(pkgconfig), "LD_LIBRARY_PATH": str(cls.libdir), "HOME": str(cls.root)}
        cls.photo = cls.root / "photo.png"
        cls.photo.write_bytes(tiny_models.png(128, 96))
        cls.clip = cls.root / "clip.y4m"
        cls.clip.write_bytes(tiny_models.clip(6))
        tiny_models.write_detector(cls.root)
        dependencies = json.loads((BUILD / "meson-info" / "intro-dependencies.json").read_text())
        cls.ffmpeg = "libavformat" in {dependency["name"] for dependency in dependencies}

    def run_in_root(self, *command, code=0):
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=240, check=False, env=self.env, cwd=self.root)
        self.assertEqual(run.returncode, code, f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout

    def flags(self, package, *options):
        flags = self.run_in_root("pkg-config", "--cflags", "--libs", *options, package).split()
        self.assertFalse([f for f in flags if str(PROJECT) in f], flags)
        return flags

    def check_programs(self, folder):
        self.assertRegex(self.run_in_root(folder / "pose_image", self.photo, DETECTOR), r"\d+ people \(yolov3-tiny@random, pose-nano on .*people\.png")
        self.assertTrue((self.root / "people.png").stat().st_size > 100)
        self.assertRegex(self.run_in_root(folder / "pose_image_c", self.photo, DETECTOR), r"\d+ people")
        self.run_in_root(folder / "pose_image_c", code=2)
        self.run_in_root(folder / "pose_image_c", self.root / "none.png", DETECTOR, code=1)
        self.run_in_root(folder / "pose_image_c", self.photo, "no-such-model", code=1)
        self.assertEqual(len(self.run_in_root(folder / "pose_stream", DETECTOR).splitlines()), 3)
        self.assertRegex(self.run_in_root(folder / "run_net"), r": \[2, 17, \d+, \d+\], largest")
        self.assertGreater(len(self.run_in_root(folder / "dump_layers").splitlines()), 40)
        self.run_in_root(folder / "run_net", "no-such-model", code=1)
        self.run_in_root(folder / "track_video", code=2)
        self.run_in_root(folder / "track_video", self.root / "none.y4m", DETECTOR, code=1)
        self.check_clip(folder / "track_video")

    def check_clip(self, *program):
        if not self.ffmpeg:
            self.skipTest("the build has no FFmpeg: programs were built, clips were not read")
        lines = self.run_in_root(*program, self.clip, self.root / "tiny.cfg").splitlines()
        self.assertRegex(lines[-1], r"^0\.200 s  person [1-9]\d*  left wrist -?[\d.]+ -?[\d.]+$")

    def test_pkg_config(self):
        folder = self.root / "by_pkg_config"
        folder.mkdir()
        flags = self.flags("alphapose")
        for name in ("pose_image", "pose_stream", "track_video", "run_net", "dump_layers"):
            self.run_in_root(CXX, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-o", folder / name, EXAMPLES / f"{name}.cpp", *flags)
        self.run_in_root("cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o", folder / "pose_image_c", EXAMPLES / "pose_image.c", *flags)
        self.check_programs(folder)

    @unittest.skipUnless(shutil.which("cmake"), "no cmake")
    def test_cmake(self):
        folder = self.root / "by_cmake"
        self.run_in_root("cmake", "-S", EXAMPLES, "-B", folder, f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Release")
        self.run_in_root("cmake", "--build", folder)
        self.check_custom_kernel(folder)
        self.check_programs(folder)

    @unittest.skipUnless(shutil.which("cmake"), "no cmake")
    def test_versions_that_cmake_accepts(self):
        program = "cmake_minimum_required(VERSION 3.20)\nset(PACKAGE_FIND_VERSION ${want})\ninclude(${file})\nmessage(${PACKAGE_VERSION_COMPATIBLE})\n"
        (self.root / "version.cmake").write_text(program)
        found = next(self.prefix.rglob("alphapose-config-version.cmake")).read_text()
        file = self.root / "config-version.cmake"
        for have, want, fits in (("0.3.2", "0.3", True), ("0.3.2", "0.3.2", True), ("0.3.2", "0.3.3", False), ("0.3.2", "0.2", False),
                                 ("0.3.2", "0.4", False), ("1.4.0", "1.2", True), ("1.4.0", "1.5", False), ("2.0.0", "1.2", False), ("1.0.0", "0.9", False),
                                 ("1.4.0", "1", True)):
            file.write_text(re.sub(r'PACKAGE_VERSION "[^"]*"', f'PACKAGE_VERSION "{have}"', found, count=1))
            run = subprocess.run(["cmake", f"-Dwant={want}", f"-Dfile={file}", "-P", self.root / "version.cmake"], capture_output=True, text=True, check=True)
            self.assertEqual(run.stderr.strip(), str(fits).upper(), (have, want))

    def test_static(self):
        flags = [str(self.libdir / "libalphapose.a") if f == "-lalphapose" else f for f in self.flags("alphapose", "--static")]
        for name in ("run_net", "track_video"):
            self.run_in_root(CXX, "-std=c++20", "-o", self.root / f"{name}_static", EXAMPLES / f"{name}.cpp", *flags)
        self.check_static(self.root)

    def check_static(self, folder):
        self.env = {k: v for k, v in self.env.items() if k != "LD_LIBRARY_PATH"} | {"POSE_DATA_DIR": str(self.prefix / "share" / "alphapose.cpp")}
        self.assertIn("largest", self.run_in_root(folder / "run_net_static", self.prefix / "share/alphapose.cpp/trained/pose-nano.safetensors"))
        self.check_clip(folder / "track_video_static")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake")
    def test_static_by_cmake(self):
        source, folder = self.root / "static", self.root / "static_by_cmake"
        source.mkdir()
        programs = "".join(f"add_executable({n}_static {EXAMPLES / n}.cpp)\ntarget_link_libraries({n}_static PRIVATE alphapose::alphapose_static)\n"
                           for n in ("run_net", "track_video"))
        project = "cmake_minimum_required(VERSION 3.20)\nproject(static CXX)\nfind_package(alphapose 0.1 REQUIRED)\n"
        (source / "CMakeLists.txt").write_text(project + programs)
        self.run_in_root("cmake", "-S", source, "-B", folder, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.run_in_root("cmake", "--build", folder)
        self.check_static(folder)

    def test_custom_kernel(self):
        flags = self.flags("alphapose-test")
        self.run_in_root(CXX, "-std=c++20", "-O1", "-o", self.root / "custom_kernel", EXAMPLES / "custom_kernel.cpp", *flags)
        self.check_custom_kernel(self.root)

    def check_custom_kernel(self, folder):
        self.assertRegex(self.run_in_root(folder / "custom_kernel"), r"scale/my_scale: accepts [1-9]\d* of \d+ cases, 0 of them wrong")

    def test_python(self):
        module = BUILD / "python"
        if not list(module.glob("alphapose_cpp/_core*.so")):
            self.skipTest("the Python module was not built")
        venv = PROJECT / ".venv" / "bin" / "python"
        python = venv if venv.exists() else sys.executable
        self.env = self.env | {"PYTHONPATH": str(module)}
        self.assertRegex(self.run_in_root(python, EXAMPLES / "pose_image.py", self.photo, DETECTOR), r"\d+ people")
        self.check_clip(python, EXAMPLES / "track_video.py")

    def test_readme_program(self):
        text = (PROJECT / "README.md").read_text()
        program = re.search(r"```cpp\n(.*?)```", text, re.DOTALL)
        self.assertIsNotNone(program, "README.md: expected a C++ program")
        (self.root / "readme.cpp").write_text(program[1])
        self.run_in_root(CXX, "-std=c++20", "-Wall", "-Werror", "-o", self.root / "readme", self.root / "readme.cpp", *self.flags("alphapose"))

    def test_installed_command(self):
        program = self.prefix / "bin" / "alphapose"
        version = self.run_in_root(program, "--version")
        self.assertRegex(version, r"^alphapose \d+\.\d+\.\d+\n$")
        self.assertTrue((self.libdir / f"libalphapose.so.{version.split()[1].rpartition('.')[0]}").exists(), "the soname is MAJOR.MINOR")
        self.assertIn("pose-nano", self.run_in_root(program, "layers", "list", "--model", "pose-nano"))
        self.run_in_root(program, "dance", code=2)
        self.run_in_root(program, "pose", "--no-such-option", code=2)
        self.assertEqual([p.name for p in (self.prefix / "bin").iterdir()], ["alphapose"])

    def test_exports(self):
        library = next(self.libdir.glob("libalphapose.so.*.*.*"))
        for line in self.run_in_root("nm", "-DC", "--defined-only", library).splitlines():
            name = line.split(maxsplit=2)[2]
            self.assertRegex(name, r"alphapose(_|::)", "only the interface is exported")
        strings = library.read_bytes()
        self.assertNotIn(str(PROJECT).encode(), strings, "the library must not know where it was built")


if __name__ == "__main__":
    unittest.main(verbosity=2)
