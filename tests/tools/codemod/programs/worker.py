"""Runs programs and the codemod, each in a forked child: as separate as processes of their own, without starting Python anew.

A request is a line of JSON on standard input: `do` (run, pytest or migrate), `folder`, `arguments`, and whether `RandomState`
is to draw as a Generator does (`old_kind`). The answer is a line of JSON: `status` (exit code, or minus the signal), `text`
(standard output and the last line of an error) and `modules` (those of the deprecated generator that were loaded).
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final

_SECONDS: Final = 60  # of computing
_LONGEST: Final = 900  # until nothing more is expected of a child that waits
_WATCHED: Final = ("varwg._deprecated_rng",)


def _load() -> None:
    """Import what every child needs, and nothing that keeps state between them."""
    import asyncio
    import concurrent.futures
    import contextlib
    import dataclasses

    import numpy
    import pytest
    import varwg_codemod.cli

    import varwg

    assert all((asyncio, concurrent.futures, contextlib, dataclasses, numpy, pytest, varwg_codemod.cli, varwg))
    assert not any(name in sys.modules for name in _WATCHED)


def _work(request: dict[str, Any]) -> int:
    """What the child does."""
    import numpy

    numpy.random.seed(None)  # noqa: NPY002 - a fork would go on with its parent's numbers
    os.chdir(request["folder"])
    arguments = list(request["arguments"])
    if request["do"] == "migrate":
        from varwg_codemod.__main__ import main

        sys.argv = ["varwg-codemod", *arguments]
        return int(main() or 0)
    sys.dont_write_bytecode = True
    sys.path[:0] = [request["folder"], *request.get("path", ())]
    if request.get("old_kind"):
        kind = runpy.run_path(str(Path(__file__).with_name("old_kind.py")))["OldKind"]
        for module in (numpy.random, numpy.random.mtrand):
            setattr(module, "RandomState", kind)  # noqa: B010 - a type checker takes it for a type alone
    if request["do"] == "pytest":
        import pytest

        return int(pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-W", "ignore", "--tb=line", "--rootdir=.", *arguments]))
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
    return 0


def _last_line(error: BaseException) -> str:
    """Kind, message and place of an error."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (`{place.line}` in {place.name}, line {place.lineno})"


def _child(request: dict[str, Any], output: int) -> int:
    """Run with both outputs in a file; an error is its last line."""
    os.dup2(output, 1)
    os.dup2(output if request["do"] != "run" else os.open(os.devnull, os.O_WRONLY), 2)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    signal.alarm(_LONGEST)
    try:
        status = _work(request)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException as error:  # the program's own error is its result
        sys.stdout.write("\n" + _last_line(error) + "\n")
        status = 1
    loaded = [name for name in _WATCHED if name in sys.modules]
    sys.stdout.write("".join(f"\0{name}" for name in loaded))
    sys.stdout.flush()
    return status


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os._exit(_child(request, output.fileno()) & 0xFF)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        text, *loaded = output.read().decode("utf-8", "replace").split("\0")
    return {"status": status, "text": text, "modules": loaded}


def main() -> None:
    """Answer requests until the input ends."""
    import warnings

    warnings.simplefilter("ignore")
    _load()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
    main()
