"""The bundled example data: present, small, honest about being synthetic, and clean enough to need no repair."""

from __future__ import annotations

import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import xarray as xr

from varwg import read_observations, write_weather
from weathercop import example_dataset


def test_contents() -> None:
    dataset = example_dataset()
    assert list(dataset.data_vars) == ["theta", "R", "rh", "Qsw", "U"]
    assert dict(dataset.sizes) == {"station": 3, "time": 3652}
    assert dataset["time"].values[-1] == np.datetime64("2010-12-31")
    assert all(np.isfinite(dataset[name].values).all() for name in dataset.data_vars)
    assert all(isinstance(array.data, np.ndarray) for array in dataset.data_vars.values())


def test_it_says_that_it_is_synthetic() -> None:
    attributes = example_dataset().attrs
    assert "SYNTHETIC" in attributes["title"]
    assert "nothing here was observed" in attributes["source"]


def test_it_is_small() -> None:
    assert len((files("weathercop") / "data" / "example_daily.nc").read_bytes()) < 2 * 2**20


def test_it_needs_no_repair() -> None:
    observations = read_observations(example_dataset())
    assert observations.repairs == ()
    assert np.isfinite(observations.values).all()


def test_each_call_returns_its_own_object() -> None:
    first = example_dataset()
    first["theta"][:] = 0.0
    xr.testing.assert_identical(example_dataset(), example_dataset())
    assert float(example_dataset()["theta"].std()) > 1.0


def test_a_part_of_the_example_is_written_without_a_warning(tmp_path: Path) -> None:
    """Its names are letters of a classic file, of which a part needs fewer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_weather(example_dataset().isel(station=[0]), tmp_path / "bern.nc")
