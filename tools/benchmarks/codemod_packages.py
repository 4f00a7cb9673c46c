#!/usr/bin/env python3
"""Published packages before and after varwg-codemod: uses of the hidden generator, and their own tests.

usage: python tools/benchmarks/codemod_packages.py [PACKAGE ...] [--work FOLDER] [--minutes 10]

The source of each package is taken from the package index. In those that draw from NumPy's hidden generator,
`np.random.X` becomes `varwg.rng.X` where a Generator has that method, and `np.random.seed` becomes `varwg.reseed`. Then its own
tests run twice (what passes both times counts), the whole source is migrated, and they run again. The predecessors of this
project use their own generator and need no such change; they need Python 3.13. With --work, the environments are kept for the
next run. Exit 1 if a test that passed does not pass any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import site
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

_REPOSITORY: Final = Path(__file__).parents[2]
site.addsitedir(str(_REPOSITORY / "tests/tools/codemod"))

from programs.uses import count, lines  # noqa: E402 - found by the line above

_METHODS: Final = frozenset(name for name in dir(np.random.Generator) if not name.startswith("_"))
_USE: Final = re.compile(r"\b(?:np|numpy)\.random\.(\w+)")
_SHOWN: Final = 8
_FUTURE: Final = "from __future__"


@dataclass(frozen=True)
class Package:
    """A package, and how its tests run."""

    name: str
    tests: tuple[str, ...]  # below the root of the source
    source: str = "."  # what is imported from, and migrated
    needs: tuple[str, ...] = ()  # besides what the package itself asks for
    options: tuple[str, ...] = ()  # of pytest
    ported: bool = True
    python: str = sys.executable
    build: tuple[str, ...] = ()  # arguments of the interpreter that build extensions in place
    why_no_tests: str = ""


_OLD: Final = os.environ.get("PYTHON313", "python3.13")
_OLD_NEEDS: Final = (
    "bottleneck",
    "cartopy",
    "dill",
    "matplotlib",
    "numexpr",
    "pandas",
    "pytz",
    "scipy",
    "timezonefinder",
    "tqdm",
    "xarray",
    "cython",
    "setuptools",
    "pooch",
    "dask",
    "netcdf4",
    "networkx",
    "sympy",
    "pytest-examples",
)
PACKAGES: Final = (
    Package("emcee", ("src/emcee/tests/unit",), needs=("h5py",), source="."),
    Package("noisyopt", ("noisyopt/tests",)),
    Package("pyswarms", ("tests",), needs=("setuptools<80", "pandas"), options=("-k", "not plotters")),
    Package("salib", (), source="src", why_no_tests="its source archive has no tests"),
    Package("lifelines", ("lifelines/tests",), needs=("flaky", "dill", "statsmodels"), options=("-k", "not plotting")),
    Package("gpflow", (), why_no_tests="its tests need TensorFlow"),
    Package("pyabc", ("test/base",), needs=("pytest-rerunfailures",), options=("-k", "not sampler and not redis")),
    Package(
        "varwg==1.4.7",
        ("src/varwg",),
        "src",
        tuple(_OLD_NEEDS),
        ported=False,
        python=_OLD,
        build=("setup.py", "-q", "build_ext", "--inplace"),
        options=("--continue-on-collection-errors",),
    ),
    Package("weathercop==0.2.0", (), "src", ported=False, why_no_tests="its import compiles 185 extensions"),
)


@dataclass(frozen=True)
class Outcome:
    """What the tests of a package gave."""

    passed: frozenset[str]
    failed: Mapping[str, str]  # with the first line of the error


def source(package: Package, work: Path, given: Path | None) -> Path:
    """A fresh folder with the source, as the index has it."""
    archives = given or work / "archives"
    project = package.name.partition("==")[0]

    def found() -> list[Path]:
        return sorted(archives.glob(f"{project}-*.tar.gz"))

    if not found():
        command = [
            package.python,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            project,
            "-d",
            str(archives),
            package.name,
        ]
        subprocess.run(command, check=True)
    folder = work / project / "source"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(found()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def environment(package: Package, work: Path) -> Path:
    """The interpreter of an environment with what the tests need; the package itself is not in it."""
    project = package.name.partition("==")[0]
    folder = work / project / "environment"
    python = folder / "bin/python"
    if python.exists() and (folder / "complete").exists():
        return python
    subprocess.run([package.python, "-m", "venv", "--clear", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if package.ported:
        subprocess.run([*install, project, str(_REPOSITORY)], check=True)
        subprocess.run([str(python), "-m", "pip", "uninstall", "-q", "-y", project], check=True)
    subprocess.run([*install, "pytest", *package.needs], check=True)
    (folder / "complete").touch()
    return python


def texts(folder: Path) -> dict[str, str]:
    """All Python sources."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}


def port(folder: Path) -> int:
    """Turn NumPy's generator into varwg's wherever the method exists; how many uses were turned."""
    turned = 0
    for path in sorted(folder.rglob("*.py")):
        old = path.read_text(encoding="utf-8")
        new = _USE.sub(_other, old)
        if new != old:
            path.write_text(_with_import(new), encoding="utf-8")
            turned += sum(_other(use) != use.group() for use in _USE.finditer(old))
    return turned


def _other(use: re.Match[str]) -> str:
    name = use.group(1)
    if name == "seed":
        return "varwg.reseed"
    return f"varwg.rng.{name}" if name in _METHODS else use.group()


def _with_import(text: str) -> str:
    """The text with `import varwg` before its first import that is not from the future."""
    new, done = [], False
    for line in text.splitlines(keepends=True):
        if not done and re.match(r"(import|from) \w", line) and not line.startswith(_FUTURE):
            new.append("import varwg\n")
            done = True
        new.append(line)
    return "".join(new) if done else f"import varwg\n{text}"


def run_tests(package: Package, python: Path, root: Path, minutes: float) -> Outcome:
    """Run the tests, each file in a process of its own so that a slow one costs only itself."""
    passed, failed = set(), {}
    variables = {**os.environ, "PYTHONPATH": str(root / "src" if (root / "src").is_dir() else root), "MPLBACKEND": "Agg"}
    variables |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    deadline = time.monotonic() + 60 * minutes
    files = sorted(path for tests in package.tests for path in (root / tests).rglob("*test*.py") if path.name != "conftest.py")
    for path in files:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [
                str(python),
                "-W",
                "ignore",
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--tb=line",
                f"--junitxml={report}",
            ]
            command += [*package.options, str(path.relative_to(root))]
            left = deadline - time.monotonic()
            try:
                subprocess.run(command, cwd=root, env=variables, capture_output=True, check=False, timeout=max(left, 1))
            except subprocess.TimeoutExpired:
                failed[str(path.relative_to(root))] = "no time left"
                continue
            if not report.exists():
                continue
            for case in ElementTree.parse(report).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                wrong = [child for child in case if child.tag in ("failure", "error")]
                if wrong:
                    failed[name] = (wrong[0].get("message") or "").partition("\n")[0][:200]
                elif not any(child.tag == "skipped" for child in case):
                    passed.add(name)
    return Outcome(frozenset(passed - failed.keys()), failed)


def migrate(root: Path) -> tuple[int, str, float]:
    """Exit code, last line and seconds."""
    start = time.monotonic()
    command = [sys.executable, "-m", "varwg_codemod", "--write", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stderr.strip().splitlines() or ["nothing"])[-1], time.monotonic() - start


def broken_files(files: Mapping[str, str]) -> list[str]:
    """Files that do not compile."""
    bad = []
    for path, text in files.items():
        try:
            compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            bad.append(f"{path}: {error}")
    return bad


def put_there(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """Uses of the old generator on lines that the file did not have before."""
    new = 0
    for path, text in after.items():
        old = Counter(line.strip() for line in before.get(path, "").splitlines())
        rows = text.splitlines()
        new += sum(not old[rows[number - 1].strip()] for number in lines(text))
    return new


def try_out(package: Package, work: Path, given: Path | None, minutes: float) -> bool:
    """One package; True if nothing that passed fails."""
    root = source(package, work, given)
    turned = port(root) if package.ported else 0
    before = texts(root)
    broken_before = set(broken_files(before))
    print(f"{package.name}: {len(before)} files, {turned} uses ported", flush=True)
    outcomes: list[Outcome] = []
    python = None
    if package.tests:
        python = environment(package, work)
        if package.build:
            subprocess.run([str(python), *package.build], cwd=root, check=True, capture_output=True)
        outcomes = [run_tests(package, python, root, minutes) for _ in range(2)]
    code, last, seconds = migrate(root)
    after = texts(root)
    uses = f"uses {count(before)} -> {count(after)}, of which {put_there(before, after)} on lines that are new"
    print(f"  codemod exit {code} in {seconds:.1f} s ({len(before) / seconds:.1f} files a second): {last}\n  {uses}", flush=True)
    again = migrate(root)
    if texts(root) != after:
        print("  a second run changes it again")
    ok = texts(root) == after and code in (0, 1) and again[0] == code
    for bad in set(broken_files(after)) - broken_before:
        ok = False
        print(f"  does not compile: {bad}")
    if python is None:
        print(f"  no tests run: {package.why_no_tests}")
        return ok
    return _compared(outcomes, run_tests(package, python, root, minutes)) and ok


def _compared(before: Sequence[Outcome], after: Outcome) -> bool:
    """Print which tests passed before and do not after."""
    passed = before[0].passed & before[1].passed
    lost = sorted(passed - after.passed)
    print(
        f"  tests: {len(passed)} passed both times before, {len(passed) - len(lost)} of them after, "
        f"{len(before[0].failed)} failed before"
    )
    for reason, number in Counter(after.failed.get(name, "not run") for name in lost).most_common(_SHOWN):
        print(f"  LOST {number}: {reason}")
    return not lost


def main() -> int:
    """Try the packages one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", help="names; default all")
    parser.add_argument("--work", type=Path, help="folder for sources and environments; default a temporary one")
    parser.add_argument("--archives", type=Path, help="folder with sources that were downloaded before")
    parser.add_argument("--minutes", type=float, default=10, help="for the tests of one package, each time")
    given = parser.parse_args()
    chosen = [p for p in PACKAGES if not given.packages or p.name.partition("==")[0] in {n.lower() for n in given.packages}]
    with tempfile.TemporaryDirectory() as temporary:
        work = (given.work or Path(temporary)).resolve()
        good = [try_out(package, work, given.archives, given.minutes) for package in chosen]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
