"""Cython sources: sites are found and shown as they should be, nothing is written."""

from pathlib import Path

import pytest
from varwg_codemod.cli import main
from varwg_codemod.cython import find_in_cython

SOURCE = """\
import numpy as np
import vg as weather
cimport numpy as np
from varwg import get_rng as g, helpers

cdef double[:] resample(double[:, :] data) nogil:
    # weather.rng.choice(data) in a comment
    weather.reseed(0)
    cdef int start = weather.rng.choice(data) + varwg.get_rng().integers(3)
    return g().normal(size=weather.ringing)
"""


def test_sites_and_rewritten_lines() -> None:
    """Each use has its line and column, and the text of the line as it should be."""
    found = list(find_in_cython("a.pyx", SOURCE))
    places = [(f.line, f.col) for f in found]
    assert places == [(8, 5), (9, 22), (9, 49), (10, 12)]
    assert {f.code for f in found} == {"VWG110"}
    assert "`rng = np.random.default_rng(0)`" in found[0].advice
    assert "`cdef int start = rng.choice(data) + rng.integers(3)`" in found[1].advice


@pytest.mark.parametrize("root", ["varwg", "mine"])
def test_what_seeds_for_a_compiled_module_stays(tmp_path: Path, root: str) -> None:
    """Where a module of the program draws in Cython, a seed before it stays the one that it follows."""
    package = tmp_path / root
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name, draws in (("quick", "varwg.rng.normal()"), ("plain", "1.0")):
        (package / f"{name}.pyx").write_text(f"import varwg\n\ndef draw():\n    return {draws}\n")
        (package / f"test_{name}.py").write_text(
            f"import varwg\nfrom {root} import {name}\n\n\ndef test_it():\n    varwg.reseed(0)\n    assert {name}.draw() < 9\n"
        )
    assert main(["--write", str(tmp_path)]) == 1
    assert "varwg.reseed(0)" in (package / "test_quick.py").read_text()
    assert "varwg.reseed(0)" not in (package / "test_plain.py").read_text()


def test_files_are_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Even with --write the file stays, and the sites are left for a human."""
    path = tmp_path / "a.pyx"
    path.write_text(SOURCE)
    assert main(["--write", str(path)]) == 1
    assert path.read_text() == SOURCE
    assert "a.pyx:8:5 VWG110 " in capsys.readouterr().err
