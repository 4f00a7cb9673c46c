"""The bundled sample met file: what is in it, and that its script makes it."""

from __future__ import annotations

from pathlib import Path

import make_sample_met as script
import numpy as np
import pytest

import varwg
from varwg.io import read_met
from weathercop import example_dataset


def test_the_sample_is_what_the_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["make_sample_met.py", "-o", str(tmp_path / "sample.met")])
    script.main()
    assert (tmp_path / "sample.met").read_bytes() == Path(varwg.sample_met).read_bytes()


def test_the_sample_is_the_first_station_of_the_example() -> None:
    sample, example = read_met(varwg.sample_met), example_dataset().isel(station=[0])
    assert set(sample.data_vars) == set(example.data_vars)
    for name, array in sample.data_vars.items():
        assert np.allclose(array.values, example[name].values, rtol=0.0, atol=5e-4)
        assert array.attrs["units"] == example[name].attrs["units"]


def test_a_generator_reads_the_sample() -> None:
    wg = varwg.VarWG(("theta", "R", "Qsw"), varwg.sample_met, latitude=46.99)
    assert wg.var_names == ("theta", "R", "Qsw") and wg.observations.latitude[0] == 46.99
    assert wg.observations.upper_bounds()[0][2] is not None
