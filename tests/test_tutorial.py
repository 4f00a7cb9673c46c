"""The tutorial and the README: their code is run, their links lead somewhere, and their pictures are there and small.

Python blocks of the tutorial are run one after the other in one namespace and in one directory, in which there is what its
reader has: three tables and a file of hours. The lines of shell blocks end in a comment with their exit code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import weathercop
from weathercop._cli import main as weathercop_command
from weathercop._demo import write_example

pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
README = ROOT / "README.md"
PAGES = (README, TUTORIAL, ROOT / "CONTRIBUTING.md")
#: Pictures take most of the time of a report, and have tests of their own.
WITHOUT_PICTURES = """
import weathercop._report
weathercop._report.available = lambda: False
"""
#: The README's blocks use the example; a part of it is as good a test.
SMALLER_EXAMPLE = """
import weathercop
whole = weathercop.example_dataset()
weathercop.example_dataset = lambda: whole[["theta", "R", "rh"]].isel(station=[0], time=slice(0, 2200))
"""


class Block(NamedTuple):
    """A fenced block and the comment above it."""

    language: str
    comment: str
    code: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^(?:<!-- ([^\n]*) -->\n)?```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [Block(match[2], match[1] or "", match[3]) for match in found]


def run(code: str, directory: Path) -> str:
    """What a program prints; it has to end well and to warn of nothing of ours."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, encoding="utf-8", timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tutorial's reader sits, after the Python blocks."""
    directory = tmp_path_factory.mktemp("tutorial")
    write_example(directory, rng=np.random.default_rng(0))
    for block in blocks(TUTORIAL):
        if block.comment.startswith("file: "):
            assert (directory / block.comment.removeprefix("file: ")).read_text(encoding="utf-8") == block.code
    code = "\n".join(block.code for block in blocks(TUTORIAL) if block.language == "python" and block.comment != "needs dask")
    (directory / "printed.txt").write_text(run(WITHOUT_PICTURES + code, directory), encoding="utf-8")
    return directory


def test_the_tutorial_makes_what_it_says(desk: Path) -> None:
    made = {path.name for path in desk.iterdir()}
    assert {"observations.nc", "model.nc", "base", "warm", "hours", "meteogram.png", "scenario.png", "report.html"} <= made
    assert len(list((desk / "hours").glob("real_*_hourly.nc"))) == 2


def test_the_tutorial_shows_what_is_printed(desk: Path) -> None:
    printed = (desk / "printed.txt").read_text(encoding="utf-8")
    shown = [block.code for block in blocks(TUTORIAL) if block.language == "text"]
    assert shown
    for text in shown:
        for line in text.splitlines():
            assert line == "..." or line in printed, line


def test_the_commands_of_the_tutorial(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(desk)
    lines = [line for block in blocks(TUTORIAL) if block.language == "sh" for line in block.code.splitlines()]
    commands = [line for line in lines if line.startswith("weathercop ")]
    assert len(commands) == len(lines) - 1, "only the installation is not run"
    for line in commands:
        stated = re.fullmatch(r"weathercop (.*?)\s+# exit (\d)", line)
        assert stated, f"{line!r} has no comment with its exit code"
        assert weathercop_command(stated[1].split()) == int(stated[2]), f"{line}\n{capsys.readouterr()}"


def of_comment(comment: str) -> str:
    (found,) = (block.code for block in blocks(TUTORIAL) if block.comment == comment)
    return found


@pytest.mark.skipif(shutil.which("bash") is None or os.name != "posix", reason="needs bash")
def test_the_job_array_of_the_tutorial(desk: Path) -> None:
    """Four of its jobs at the same time, with fewer members each."""
    script = of_comment("SLURM").replace("size=100\n", f'size=5\nweathercop() {{ {sys.executable} -m weathercop "$@"; }}\n')
    python_path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    running = [
        subprocess.Popen(
            ["bash", "-c", script],
            cwd=desk,
            env=os.environ | {"PYTHONPATH": python_path, "SLURM_ARRAY_TASK_ID": str(number)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in range(4)
    ]
    told = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, told
    assert weathercop.open_ensemble(desk / "large")["realization"].values.tolist() == list(range(20))
    assert weathercop_command(["check", str(desk / "large")]) == 0


def test_the_cluster_of_the_tutorial(desk: Path) -> None:
    pytest.importorskip("distributed")
    (desk / "clustered.py").write_text(of_comment("needs dask"), encoding="utf-8")
    run("import runpy; runpy.run_path('clustered.py', run_name='__main__')", desk)
    assert weathercop.open_ensemble(desk / "clustered").sizes["realization"] == 20


def test_the_code_of_the_readme_runs(tmp_path: Path) -> None:
    python = [block for block in blocks(README) if block.language == "python"]
    not_run = [block.comment for block in python if block.comment.startswith("not run: ")]
    assert len(not_run) <= 1, "only what needs a cluster is not run"
    code = [block.code for block in python if block.comment not in not_run]
    assert code
    run("\n".join([SMALLER_EXAMPLE, *code]), tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if not link.startswith(("https://", "#")):
            assert (page.parent / link.partition("#")[0]).exists(), f"{page.name} links to {link}"


def test_pictures_are_shown_and_small() -> None:
    pictures = list((ROOT / "docs" / "img").glob("*"))
    text = README.read_text(encoding="utf-8") + TUTORIAL.read_text(encoding="utf-8")
    assert pictures
    for picture in pictures:
        assert picture.suffix == ".png"
        assert picture.stat().st_size < 200_000
        assert f"img/{picture.name}" in text, f"nothing shows {picture.name}"
