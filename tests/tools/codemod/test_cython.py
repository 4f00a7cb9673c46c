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


def test_files_are_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Even with --write the file stays, and the sites are left for a human."""
    path = tmp_path / "a.pyx"
    path.write_text(SOURCE)
    assert main(["--write", str(path)]) == 1
    assert path.read_text() == SOURCE
    assert "a.pyx:8:5 VWG110 " in capsys.readouterr().err
