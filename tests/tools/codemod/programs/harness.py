"""Runs a program, migrates it, runs it again and says what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_TIMES: Final = re.compile(r" in [0-9.]+s")
_MORE_RUNS: Final = 22
_BROKEN: Final = "the program does not run before"
FIRST_STEP: Final = ("--select", "legacy-numpy")
SECOND_STEP: Final = ("--select", "legacy-numpy-generator")
OUTSIDE: Final = "outside"  # files below it can be imported, and are no part of what is migrated


@dataclass(frozen=True)
class Done:
    """What a child of the worker did."""

    status: int
    text: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The result of one program; `problems` is empty where all is as it should be, `discarded` says why nothing was compared."""

    problems: tuple[str, ...]
    discarded: str = ""
    exit_code: int = 0
    before: str = ""
    after: str = ""
    report: str = ""
    migrated: Mapping[str, str] | None = None


class Worker:
    """A process that forks for each request; to be closed, or used as a context."""

    def __init__(self) -> None:
        here = Path(__file__)
        paths = [str(here.parents[4]), str(here.parents[4] / "tools")]
        file = str(here.with_name("worker.py"))
        start = f"import sys, runpy; sys.path[:0] = {paths!r}; runpy.run_path({file!r}, run_name='__main__')"
        self._process = subprocess.Popen(
            [sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate()

    def do(
        self, what: str, folder: Path, arguments: Sequence[str] = (), path: Sequence[Path] = (), old_kind: bool = False
    ) -> Done:
        """Send one request and wait for the answer."""
        request: dict[str, Any] = {"do": what, "folder": str(folder), "arguments": list(arguments)}
        request |= {"path": [str(p) for p in path], "old_kind": old_kind}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return Done(answer["status"], _TIMES.sub("", answer["text"]), tuple(answer["modules"]))


def verdict(worker: Worker, files: Mapping[str, str], options: Sequence[str] = (), same_numbers: bool = True) -> Verdict:
    """Compare a program before and after migration.

    In the second step from NumPy's old generator, whose numbers change, the `RandomState` of the programs is `OldKind`: it
    draws what a Generator does, and so the numbers have to stay after all.

    Parameters
    ----------
    worker : Worker
        Runs things.
    files : mapping
        Texts by path; those below `outside/` stay out of the migration. The program is `run.py`, or `test_*.py` for pytest.
    options : sequence of str
        Further arguments of the codemod.
    same_numbers : bool
        Whether the numbers have to stay; otherwise they are only masked out.
    """
    old_kind = tuple(options) == SECOND_STEP
    with _written(files) as root:
        folder = root / "program"
        first, second = _run(worker, root, old_kind), _run(worker, root, old_kind)
        if first.status or second.status:
            return Verdict((), f"{_BROKEN}: {first.text[-300:]}", before=first.text)
        migration = worker.do("migrate", folder, ["--write", *options, "."])
        once = _texts(folder)
        now = _run(worker, root, old_kind)
        again = worker.do("migrate", folder, ["--write", *options, "."])
        problems = [*_compile(once)]
        expected, found = comparable(first.text, second.text, now.text, same_numbers)
        if now.status != first.status:
            problems.append(f"raises after migration (codemod exit {migration.status}): {now.text.strip().splitlines()[-1:]}")
        elif expected != found and not _by_chance(worker, files, first, now, same_numbers, old_kind):
            problems.append(f"another result (codemod exit {migration.status}): {_first_difference(expected, found)}")
        if _texts(folder) != once:
            problems.append("a second run changes it again")
        if migration.status not in (0, 1) or again.status not in (0, 1):
            problems.append(f"codemod exit {migration.status}, then {again.status}: {migration.text[-300:]}")
        elif migration.status != again.status:
            problems.append(f"codemod exit {migration.status}, but {again.status} when run again")
        if migration.status == 0 and not options and now.modules and not any(name.startswith(OUTSIDE) for name in files):
            problems.append("exit 0 but the old generator is used")
        return Verdict(tuple(problems), "", migration.status, first.text, now.text, migration.text, once)


def _by_chance(worker: Worker, files: Mapping[str, str], first: Done, now: Done, same_numbers: bool, old_kind: bool) -> bool:
    """Whether what nothing seeds was the same in both runs before: further ones tell.

    A branch that is taken with probability 0.7 is the same in all of them once in 5 000 times.
    """
    for _ in range(_MORE_RUNS):
        with _written(files) as root:
            expected, found = comparable(first.text, _run(worker, root, old_kind).text, now.text, same_numbers)
        if expected == found:
            return True
    return False


def after_first_step(worker: Worker, files: Mapping[str, str]) -> dict[str, str]:
    """The texts of a program on NumPy's hidden generator when it has an explicit one."""
    with _written(files) as root:
        worker.do("migrate", root / "program", ["--write", *FIRST_STEP, "."])
        outside = {path: text for path, text in files.items() if path.startswith(f"{OUTSIDE}/")}
        return {**_texts(root / "program"), **outside}


def _run(worker: Worker, root: Path, old_kind: bool) -> Done:
    folder = root / "program"
    if any(folder.rglob("test_*.py")):
        return worker.do("pytest", folder, path=[root / OUTSIDE], old_kind=old_kind)
    return worker.do("run", folder, ["run.py"], path=[root / OUTSIDE], old_kind=old_kind)


@contextmanager
def _written(files: Mapping[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            place = Path(name) / (path if path.startswith(f"{OUTSIDE}/") else f"program/{path}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        yield Path(name)


def _texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}


def _compile(texts: Mapping[str, str]) -> Iterator[str]:
    for path, text in texts.items():
        try:
            compile(text, path, "exec")
        except SyntaxError as error:
            yield f"{path} does not compile: {error}"


def comparable(first: str, second: str, now: str, same_numbers: bool) -> tuple[list[str], list[str]]:
    """Lines that have to be the same; numbers that differ from run to run, because nothing seeds them, are masked."""
    lines, others, new = first.splitlines(), second.splitlines(), now.splitlines()
    if len(lines) != len(others):
        return [], []
    if len(new) != len(lines):
        return lines, new
    expected, found = [], []
    for line, other, changed in zip(lines, others, new, strict=True):
        if same_numbers and line == other:
            expected.append(line)
            found.append(changed)
        elif _masked(line) == _masked(other):
            expected.append(_masked(line))
            found.append(_masked(changed))
    return expected, found


def _masked(line: str) -> str:
    return _NUMBER.sub("#", line)


def _first_difference(expected: Sequence[str], found: Sequence[str]) -> str:
    for line, other in zip(expected, found, strict=False):
        if line != other:
            return f"{line!r} became {other!r}"
    return f"{len(expected)} lines became {len(found)}"
